/**
 * Plugins that mean ill, or don't know better, in the agent's own process: what the client is answered, what the admin reads, and that the
 * next request is answered. Each is a file in `hostile-plugins`, and a row of its table.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { endOfLine, type Quote, whole } from "../quote.ts";
import { onRuntime } from "../runtimes/runtime.ts";
import { AT_END, BLOCKS_LATER, COMMANDS, FAILED, FINE, LEFT, LEFT_OUT, MISTAKES, SLOW, UNSUPPORTED } from "./hostile-plugins/table.ts";
import { type Running, serve } from "./program.ts";

let built: string;
let folder: string;

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  built = mkdtempSync(join(cache, "test-"));
  folder = mkdtempSync(join(tmpdir(), "lodger-hostile-"));
  await bundle({ outfile: join(built, "lodger.cjs") });
  cpSync(join(import.meta.dirname, "hostile-plugins"), join(folder, "plugins"), { recursive: true });
});
afterAll(() => {
  for (const made of [built, folder]) rmSync(made, { recursive: true, force: true });
});

interface Hosting extends Running {
  readonly log: () => string;
  readonly state: string;
}

let count = 0;

function host(plugins: readonly string[], ...more: readonly string[]): Hosting {
  const state = join(folder, `state-${++count}`);
  mkdirSync(state);
  const socket = join(state, "s");
  const log = join(state, "log");
  const args = [
    "-m",
    "unix-listen",
    "-p",
    socket,
    "-t",
    state,
    "-l",
    log,
    "--plugins",
    join(state, "none"),
    "--scripts",
    join(state, "none"),
  ];
  const named = plugins.flatMap((name) => ["--plugin", join(folder, "plugins", `${name}.mjs`)]);
  const running = serve(onRuntime(join(built, "lodger.cjs")), socket, [...args, ...named, ...more]);
  return { ...running, state, log: () => (existsSync(log) ? readFileSync(log, "utf8") : "") };
}

async function logged(agent: Hosting, name: string, quote: Quote): Promise<void> {
  const says = endOfLine(named(name, quote));
  for (let tries = 0; tries < 300 && !says.test(agent.log()); tries++) await pause(50);
  expect(agent.log()).toMatch(says);
}

function named(name: string, quote: Quote): Quote {
  return typeof quote === "string" ? quote.replaceAll("NAME", name) : quote;
}

describe("commands of hostile plugins", () => {
  let agent: Hosting;

  beforeAll(() => {
    agent = host(COMMANDS.map(([name]) => name));
  });

  test.for(COMMANDS)("%s: it %s", async ([name, , answer, log]) => {
    const answered = await agent.ask({ execute: `guest-${name}` });
    if (typeof answer === "object" && "return" in answer) expect(answered).toEqual(FINE);
    else
      expect(answered).toEqual({
        error: { class: "GenericError", desc: expect.stringMatching(whole(named(name, answer))) },
      });
    if (log) await logged(agent, name, log);
    expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    expect(
      agent
        .log()
        .split("\n")
        .filter((line) => !/^(\d+\.\d{6}: |$)/.test(line) || line.startsWith("9.")),
    ).toEqual([]);
  });

  test("the list has them with what they were caught at; and the agent ends in time", async () => {
    const file = join(agent.state, "lodger-plugins.json");
    for (let tries = 0; tries < 100 && !readFileSync(file, "utf8").includes("guest-exits-later called"); tries++) await pause(50);
    const { pid, plugins } = JSON.parse(readFileSync(file, "utf8")) as {
      pid: number;
      plugins: { name: string; state: string; reason?: string }[];
    };
    expect(pid).toBe(agent.pid);
    for (const [name, , answer] of COMMANDS) {
      const listed = plugins.find((plugin) => plugin.name === name);
      expect(listed?.state).toBe("running");
      if (typeof answer === "string" && answer.startsWith(FAILED))
        expect(listed).toMatchObject({ reason: expect.stringContaining(`guest-${name}`) });
    }
    expect(await agent.end()).toMatchObject({ status: 0, errors: "", output: "" });
  });
});

describe("plugins that can't be used are left out with the reason, and the rest works", () => {
  const refused = [...LEFT_OUT.map(([name, does, reason]) => [name, does, LEFT + reason] as const), UNSUPPORTED];
  let agent: Hosting;

  beforeAll(() => {
    agent = host(["throws", ...refused.map(([name]) => name)], "-v");
  });
  afterAll(() => agent.end());

  test.for(refused)("%s: it %s", async ([name, , says]) => {
    await logged(agent, name, says);
    expect(await agent.ask({ execute: `guest-${name}` })).toMatchObject({ error: { class: "CommandNotFound" } });
    expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
  });

  test("everything that is wrong with one is said at once", async () => {
    const one = host(["many-mistakes"]);
    await one.ask({ execute: "guest-ping" });
    for (const says of MISTAKES) await logged(one, "many-mistakes", `${LEFT}…${says}…`);
    expect((await one.end()).status).toBe(0);
  });

  test("one that hangs while it starts, or is loaded, holds nobody up for long", async () => {
    const toml = join(folder, "short.toml");
    writeFileSync(toml, "[plugins.start-hangs]\nstart-timeout = 3\n[plugins.load-waits]\nstart-timeout = 3\n", { mode: 0o644 });
    const one = host(["start-hangs", "load-waits", "throws"], "--lodger-config", toml);
    expect(await one.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    for (const [name, , says] of SLOW) await logged(one, name, LEFT + says);
    expect(await one.ask({ execute: "guest-throws" })).toMatchObject({ error: { class: "GenericError" } });
    expect((await one.end()).status).toBe(0);
  }, 40_000);
});

test("one that blocks after it has awaited something can't be ended: the log says meanwhile who it is", async () => {
  const agent = host(["blocks-later"]);
  await agent.ask({ execute: "guest-ping" });
  // The thread that watches has to have started.
  await pause(3000);
  const answer = agent.ask({ execute: "guest-blocks-later" });
  await logged(agent, "blocks-later", BLOCKS_LATER.meanwhile);
  expect(await answer).toEqual(FINE);
  await logged(agent, "blocks-later", BLOCKS_LATER.after);
  expect((await agent.end()).status).toBe(0);
}, 40_000);

describe("the end of the agent: within a second, with status 0", () => {
  test.for(AT_END)("%s: it %s", async ([name, , says]) => {
    const agent = host([name]);
    expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    if (name === "hangs") void agent.ask({ execute: "guest-hangs" }).catch(() => undefined);
    else expect(await agent.ask({ execute: `guest-${name}` })).toEqual(FINE);
    const { status, afterMs } = await agent.end();
    expect(status).toBe(0);
    expect(afterMs).toBeLessThan(1000);
    if (says) expect(agent.log()).toMatch(endOfLine(named(name, says)));
  });
});
