/** The whole agent with a hostile plugin in a process of its own: the next ping is answered, the log names who it was, nothing is left behind. */
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { eventually, makeWorld, pluginText, processesWith, type World } from "./isolated/hosted.ts";
import { type Program, type Running, serve } from "./program.ts";

let world: World;
let agent: Running | undefined;

beforeAll(async () => {
  world = await makeWorld();
});
afterEach(async () => {
  await agent?.end();
  agent = undefined;
  await eventually(async () => expect(pluginProcesses()).toEqual([]));
});
afterAll(() => world.close());

function pluginProcesses(): number[] {
  return processesWith(world.command.slice(1).join("\0"));
}

/** Starts the agent with this plugin, and waits until it runs. */
async function start(commands: string, settings = "", more = ""): Promise<Running> {
  const folder = mkdtempSync(join(world.folder, "agent-"));
  chmodSync(folder, 0o755); // for a plugin that runs as another user
  const plugins = join(folder, "plugins");
  for (const each of [plugins, join(folder, "state"), join(folder, "scripts")]) mkdirSync(each);
  writeFileSync(join(plugins, "guinea.mjs"), pluginText(`simple("guest-fine", () => "fine"), ${commands}`, more));
  const config = join(folder, "lodger.toml");
  writeFileSync(config, `[plugins.guinea]\nisolate = true\nmemory-limit = "128 MiB"\n${settings}\n`);
  const program: Program = [world.command[0], world.command[1] ?? ""];
  const socket = join(folder, "s");
  const state = join(folder, "state");
  agent = serve(program, socket, ["-m", "unix-listen", "-p", socket, "-t", state, "--lodger-config", config, "--plugins", plugins]);
  const running = agent;
  await eventually(async () => expect(await running.ask({ execute: "guest-fine" })).toEqual({ return: "fine" }));
  return running;
}

const HOSTILE: readonly [what: string, does: string, says: RegExp, logs: RegExp][] = [
  ["exits", "process.exit(3)", /exited with status 3/, /error: plugin guinea: it exited with status 3, while it ran guest-bad/],
  ["blocks its loop", "for (;;);", /blocked its loop/, /plugin guinea: it blocked its loop for 10 s, while it ran guest-bad/],
  [
    "eats memory",
    "const all = []; for (;;) { all.push(Buffer.alloc(4 << 20, 1)); await new Promise((r) => setTimeout(r, 5)); }",
    /memory-limit/,
    /plugin guinea: it had \d+ MiB/,
  ],
  [
    "spoils its channel",
    `(await import("node:fs")).writeSync(3, Buffer.alloc(8, 255)); await new Promise(() => {})`,
    /spoilt its channel/,
    /plugin guinea: it spoilt its channel/,
  ],
];

describe("while and after an isolated plugin", () => {
  test.for(HOSTILE)("%s, the agent answers", { timeout: 60_000 }, async ([, does, says, logs]) => {
    const running = await start(`simple("guest-bad", async () => { ${does} })`);
    const bad = running.ask({ execute: "guest-bad" });
    for (let i = 0; i < 20; i++) expect(await running.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    expect(await bad).toMatchObject({ error: { class: "GenericError", desc: expect.stringMatching(says) } });
    expect(await running.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    await eventually(async () => expect(await running.ask({ execute: "guest-fine" })).toEqual({ return: "fine" }));
    agent = undefined;
    const { status, errors } = await running.end();
    expect(status).toBe(0);
    expect(errors).toMatch(logs);
    expect(errors).toMatch(/plugin guinea: it runs again/);
  });

  test("returns what its schema forbids, the client reads an error that names it", async () => {
    const running = await start(`simple("guest-bad", () => 5), simple("guest-worse", () => ({ toString: 1 }))`);
    for (const execute of ["guest-bad", "guest-worse"]) {
      expect(await running.ask({ execute })).toMatchObject({ error: { desc: expect.stringContaining("plugin 'guinea'") } });
    }
  });
});

/** Has the plugin block its loop. @returns once it does. */
async function block(running: Running): Promise<void> {
  running.ask({ execute: "guest-bad" }).catch(() => undefined);
  await eventually(async () => {
    const fine = running.ask({ execute: "guest-fine" }).then(
      () => "it answers",
      () => "it is silent",
    );
    expect(await Promise.race([fine, pause(1000, "it is silent")])).toBe("it is silent");
  });
}

describe("the end of the agent ends the plugin's process", () => {
  test("killed, while the plugin blocks", async () => {
    const running = await start(`simple("guest-bad", () => { for (;;); })`);
    await block(running);
    const [pid] = pluginProcesses();
    expect(pid).toBeGreaterThan(0);
    agent = undefined;
    process.kill(running.pid, "SIGKILL");
    await eventually(async () => expect(pluginProcesses()).toEqual([]));
    await running.end();
  });

  test("killed, while the plugin runs as another user", async () => {
    const running = await start(`simple("guest-bad", () => { for (;;); })`, 'user = "nobody"');
    await block(running);
    agent = undefined;
    process.kill(running.pid, "SIGKILL");
    await eventually(async () => expect(pluginProcesses()).toEqual([]));
    await running.end();
  });

  test("told to end, while the plugin blocks and ignores its stop: within a second", async () => {
    const running = await start(`simple("guest-bad", () => { for (;;); })`, "", "stop: () => new Promise(() => {}),");
    await block(running);
    agent = undefined;
    const { status, afterMs } = await running.end();
    expect(status).toBe(0);
    expect(afterMs).toBeLessThan(1500);
    await eventually(async () => expect(pluginProcesses()).toEqual([]));
  });
});
