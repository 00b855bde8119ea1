/**
 * Plugins that mean ill, or don't know better, in the agent's own process: what the client is answered, what the admin reads, and that the
 * next request is answered. Each is a file in `hostile-plugins`.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
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
  const running = serve([process.execPath, join(built, "lodger.cjs")], socket, [...args, ...named, ...more]);
  return { ...running, state, log: () => (existsSync(log) ? readFileSync(log, "utf8") : "") };
}

async function logged(agent: Hosting, says: RegExp): Promise<void> {
  for (let tries = 0; tries < 300 && !says.test(agent.log()); tries++) await pause(50);
  expect(agent.log()).toMatch(says);
}

const FINE = { return: { value: 1 } };

/** The plugin, what its command answers (an error, unless it is one that does its harm later), and what the log says. */
const commands: readonly (readonly [plugin: string, answer: object | RegExp, log: RegExp | undefined])[] = [
  [
    "throws",
    /^Command guest-throws of the plugin 'throws' failed: boom 9\.000000: error: forged$/,
    /plugin throws: guest-throws failed: Error: boom \| 9\.0.*throws\.mjs:/,
  ],
  ["throws-null", /'throws-null' failed: null$/, /plugin throws-null: guest-throws-null failed: null/],
  ["throws-proxy", /'throws-proxy' failed: something that can't be shown/, /guest-throws-proxy failed/],
  ["throws-endless-text", /^x{4096}$/, undefined],
  ["throws-forged", /^fine$/, undefined],
  ["rejects", /'rejects' failed: no value$/, /plugin rejects: guest-rejects failed: TypeError: no value \|/],
  ["thenable", FINE, undefined],
  [
    "returns-text",
    /it returned what its declaration forbids: 'value' has to be a 64-bit integer$/,
    /guest-returns-text failed: it returned/,
  ],
  ["returns-more", /it returned what its declaration forbids: 'password' is not declared$/, /'password' is not declared/],
  ["returns-less", /'value' is missing$/, /'value' is missing/],
  ["returns-nothing", /it returned nothing, though it declares a result$/, /returned nothing/],
  ["returns-something", /it returned a value, though it declares none$/, /a value, though/],
  ["returns-nan", /it returned NaN, at 'value'$/, /NaN/],
  ["returns-half", /'value' has to be a 64-bit integer$/, /64-bit/],
  ["returns-too-large", /'value' has to be a 64-bit integer$/, /64-bit/],
  ["returns-promise", /it returned a promise \(is an 'await' missing\?\), at 'value'/, /a promise/],
  ["returns-function", /it returned a function, at 'value'$/, /a function/],
  ["returns-map", /it returned a Map, at the result: return plain data$/, /a Map/],
  ["returns-base64-text", /'value' has to be a Uint8Array$/, /Uint8Array/],
  ["returns-itself", /values more than 200 deep in each other/, /200 deep/],
  ["returns-endless", /more than 1000000 values$/, /more than 1000000/],
  ["returns-huge-length", /more than 1000000 values$/, /more than 1000000/],
  ["returns-hole", /a list with nothing at '1'$/, /nothing at/],
  ["returns-proxy", /'returns-proxy' failed: not for you$/, /not for you/],
  ["returns-changing", FINE, undefined],
  ["blocks", /it held the agent's thread for 5 s without awaiting anything, and was ended/, /plugin blocks: guest-blocks failed: it held/],
  ["blocks-catching", /it held the agent's thread for 5 s/, /plugin blocks-catching: guest-blocks-catching failed: it held/],
  [
    "exits",
    /process\.exit\(\) is refused in a plugin/,
    /plugin exits: plugin 'exits', guest-exits, called process\.exit\(\), which was refused/,
  ],
  ["exits-really", /process\.reallyExit\(\) is refused/, /'exits-really', guest-exits-really, called process\.reallyExit\(\)/],
  ["aborts", /process\.abort\(\) is refused/, /'aborts', guest-aborts, called process\.abort\(\)/],
  ["kills", /process\.kill\(\d+\) is refused/, /'kills', guest-kills, called process\.kill/],
  ["kills-group", /process\.kill\(0\) is refused/, /'kills-group', guest-kills-group, called process\.kill\(0\)/],
  ["changes-folder", /process\.chdir\(\) is refused/, /'changes-folder', guest-changes-folder, called process\.chdir/],
  ["changes-mask", /process\.umask\(\) is refused/, /'changes-mask', guest-changes-mask, called process\.umask/],
  ["changes-user", /process\.setuid\(\) is refused/, /'changes-user', guest-changes-user, called process\.setuid/],
  ["exits-later", FINE, /plugin 'exits-later', guest-exits-later, called process\.exit\(\)/],
  ["throws-later", FINE, /plugin 'throws-later', guest-throws-later: an error that nobody caught: Error: too late \|/],
  ["throws-null-later", FINE, /plugin 'throws-null-later', guest-throws-null-later: an error that nobody caught: null/],
  ["rejects-later", FINE, /plugin 'rejects-later', guest-rejects-later: a rejected promise that nobody handled: Error: nobody cares/],
  ["emits-error", FINE, /plugin 'emits-error', guest-emits-error: an error that nobody caught: Error: emitted/],
  ["connects", FINE, /plugin 'connects', guest-connects: an error that nobody caught: Error: connect ENOENT/],
  ["worker-fails", FINE, /plugin 'worker-fails', guest-worker-fails: an error that nobody caught: .*Error: in a thread/],
  ["floods", FINE, /plugin floods: line 99\n[\s\S]*plugin floods: 99900 more lines were left out/],
  ["forges", FINE, /plugin forges: a\\n9\.000000: error: forged x+… \(10000\d\d characters\)\n/],
  ["prints", FINE, /message: plugin prints: printed 99\n[\s\S]*plugin prints: 99900 more lines were left out/],
  ["after-answer", FINE, /plugin after-answer: what it does after an answer failed: after all/],
];

describe("commands of hostile plugins", () => {
  let agent: Hosting;

  beforeAll(() => {
    agent = host(commands.map(([name]) => name));
  });

  test.for(commands)("%s", async ([name, answer, log]) => {
    const answered = await agent.ask({ execute: `guest-${name}` });
    if (answer instanceof RegExp) expect(answered).toEqual({ error: { class: "GenericError", desc: expect.stringMatching(answer) } });
    else expect(answered).toEqual(answer);
    if (log) await logged(agent, log);
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
    for (const [name, answer] of commands) {
      const listed = plugins.find((plugin) => plugin.name === name);
      expect(listed?.state).toBe("running");
      if (answer instanceof RegExp && !/^throws-(endless|forged)/.test(name))
        expect(listed).toMatchObject({ reason: expect.stringContaining(`guest-${name}`) });
    }
    expect(await agent.end()).toMatchObject({ status: 0, errors: "", output: "" });
  });
});

describe("plugins that can't be used are left out with the reason, and the rest works", () => {
  const refused: readonly (readonly [plugin: string, log: RegExp])[] = [
    ["start-throws", /plugin start-throws is left out: it can't start: no device/],
    ["start-blocks", /plugin start-blocks is left out: it held the agent's thread for 5 s/],
    ["supported-throws", /plugin supported-throws: guest-supported-throws is left out: its 'supported' failed: who knows/],
    ["load-exits", /plugin load-exits is left out: .*load-exits\.mjs:1: it threw while it was loaded: process\.exit\(\) is refused/],
    ["load-throws", /plugin load-throws is left out: .*load-throws\.mjs:1: it threw while it was loaded: not today/],
    ["load-syntax", /plugin load-syntax is left out: .*load-syntax\.mjs:2: /],
    ["load-package", /plugin load-package is left out: .*Cannot find package 'no-such-package-anywhere'.*npm install/],
    ["load-nothing", /plugin load-nothing is left out: .*this exports no plugin/],
    ["other-name", /plugin other-name is left out: the plugin calls itself 'another' and its file 'other-name'/],
    ["takes-ping", /plugin takes-ping is left out: the command guest-ping is there already, in the plugin 'agent'/],
    ["too-takes-throws", /plugin too-takes-throws is left out: the command guest-throws is there already, in the plugin 'throws'/],
    [
      "needs-nobody",
      /plugin needs-nobody is left out: it needs 'nothing that there is', and no plugin and nothing in the agent provides it/,
    ],
    ["circle-a", /plugin circle-a is left out: it can't start before itself: circle-a needs circle-b needs circle-a/],
    ["circle-b", /plugin circle-b is left out: it can't start before itself: circle-b needs circle-a needs circle-b/],
  ];
  let agent: Hosting;

  beforeAll(() => {
    agent = host(["throws", ...refused.map(([name]) => name)], "-v");
  });
  afterAll(() => agent.end());

  test.for(refused)("%s", async ([name, says]) => {
    await logged(agent, says);
    expect(await agent.ask({ execute: `guest-${name}` })).toMatchObject({ error: { class: "CommandNotFound" } });
    expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
  });

  test("everything that is wrong with one is said at once", async () => {
    const one = host(["many-mistakes"]);
    await one.ask({ execute: "guest-ping" });
    for (const says of [
      "'stat' of the plugin: is 'start' meant?|unknown member 'stat': is 'start' meant\\?",
      "written for version 7 of lodger/plugin, and this lodger has version 1",
      "'needs' of the plugin has to be an object of tokens",
      "'options' of the plugin is no usable schema: it has to be a Type.Object",
      "'guest_many' is no command's name",
      "guest_many lacks 'since'",
      "unknown member 'sumary': is 'summary' meant",
      "'arguments' of the command guest_many is no usable schema",
      "'run' of the command guest-ping has to be a function",
      "the command guest-ping is there already, in the plugin 'agent'",
    ]) {
      expect(one.log()).toMatch(new RegExp(`plugin many-mistakes is left out: .*(${says})`));
    }
    expect((await one.end()).status).toBe(0);
  });

  test("one that hangs while it starts, or is loaded, holds nobody up for long", async () => {
    const toml = join(folder, "short.toml");
    writeFileSync(toml, "[plugins.start-hangs]\nstart-timeout = 3\n[plugins.load-waits]\nstart-timeout = 3\n", { mode: 0o644 });
    const one = host(["start-hangs", "load-waits", "throws"], "--lodger-config", toml);
    expect(await one.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    await logged(one, /plugin start-hangs is left out: its start took longer than 3 s: 'start-timeout' of \[plugins\.start-hangs\]/);
    await logged(one, /plugin load-waits is left out: loading it took longer than 3 s/);
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
  await logged(
    agent,
    /error: the agent's thread is blocked for \d+ s, and no client is answered; .*: plugin 'blocks-later', guest-blocks-later\n/,
  );
  expect(await answer).toEqual(FINE);
  await logged(agent, /the agent's thread turns again, after 1\d s/);
  expect((await agent.end()).status).toBe(0);
}, 40_000);

describe("the end of the agent: within a second, with status 0", () => {
  test.for([
    ["leaks", undefined],
    ["stop-hangs", /plugin stop-hangs: its stop took longer than 0\.4 s/],
    ["stop-throws", /plugin stop-throws: its stop failed: null/],
    ["hangs", undefined],
  ] as const)("%s", async ([name, says]) => {
    const agent = host([name]);
    expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    if (name === "hangs") void agent.ask({ execute: "guest-hangs" }).catch(() => undefined);
    else expect(await agent.ask({ execute: `guest-${name}` })).toEqual(FINE);
    const { status, afterMs } = await agent.end();
    expect(status).toBe(0);
    expect(afterMs).toBeLessThan(1000);
    if (says) expect(agent.log()).toMatch(says);
  });
});
