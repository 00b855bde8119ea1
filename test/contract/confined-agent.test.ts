/** An agent whose admin allows one folder to read, one to write and two programs, and a host that wants more. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { onRuntime } from "../runtimes/runtime.ts";
import { READS } from "../unit/os/confined-spellings.ts";
import { contents, makeWorld, removeWorld, type World } from "../unit/os/confined-world.ts";
import { type Running, serve } from "./program.ts";

const SWAPPER = join(import.meta.dirname, "confined-swapper.ts");
const WRITING = ["w", "a", "r+", "w+", "a+", "wb", "ab"];
const ROUNDS = 300;
const MOST_ROUNDS = 4000;
const OFTEN = 5;

let program: string;
let world: World;
let base: string;
let socket: string;
let agent: Running;
let attacker: ChildProcess | undefined;

const at = (path: string) => join(base, path);

beforeAll(async () => {
  // Inside of the project, because koffi comes from its node_modules.
  mkdirSync(cache, { recursive: true });
  program = mkdtempSync(join(cache, "test-confined-"));
  await bundle({ outfile: join(program, "lodger.cjs") });
});
afterAll(() => rmSync(program, { recursive: true, force: true }));

beforeEach(async () => {
  world = makeWorld();
  base = world.base;
  for (const folder of ["bin", "other-bin", "run", "written"]) mkdirSync(at(folder));
  for (const name of ["one", "two", "three"]) script(`bin/${name}`, `echo ${name} "$@"`);
  for (const name of ["one", "three"]) script(`other-bin/${name}`, `echo escaped; : >${at("run/escaped")}`);
  symlinkSync("../other-bin/three", at("bin/to-three"));
  symlinkSync("bin", at("to-bin"));
  symlinkSync("one", at("bin/uno"));
  writeFileSync(at("lodger.toml"), rules(), { mode: 0o600 });
  socket = at("run/socket");
  agent = serve(
    onRuntime(join(program, "lodger.cjs")),
    socket,
    ["-m", "unix-listen", "-p", socket, "-t", at("run"), "--lodger-config", at("lodger.toml")],
    {
      cwd: base,
    },
  );
  expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
});
afterEach(async () => {
  if (attacker) {
    expect(attacker.exitCode).toBe(null);
    attacker.kill("SIGKILL");
    await once(attacker, "exit");
    attacker = undefined;
  }
  const { errors } = await agent.end();
  expect(errors).not.toMatch(/failed inside the agent/);
  expect(existsSync(at("run/escaped"))).toBe(false);
  removeWorld(world);
});

function rules(): string {
  return `
[policy]
allow = ["guest-ping", "guest-info", "guest-file-read", "guest-file-write", "guest-file-close", "guest-exec-status"]
[[policy.allow-if]]
commands = "guest-file-open"
arguments.path.inside = ["${at("allowed")}"]
arguments.mode.one-of = ["r", "rb"]
[[policy.allow-if]]
commands = "guest-file-open"
arguments.path.inside = ["${at("written")}"]
[[policy.allow-if]]
commands = "guest-exec"
arguments.path.program = ["${at("bin/one")}", "${at("bin/two")}"]
arguments.env.absent = true
`;
}

function script(path: string, text: string): void {
  writeFileSync(at(path), `#!/bin/sh\n${text}\n`);
  chmodSync(at(path), 0o755);
}

type Answer = { return?: never; error?: { desc: string } } | { return: unknown; error?: never };

async function ask<T>(execute: string, args: object): Promise<T | Error> {
  const answer = (await agent.ask({ execute, arguments: args })) as Answer;
  return answer.error === undefined ? (answer.return as T) : new Error(answer.error.desc);
}

/** @returns what the file holds; "" for what has nothing to read; "refused". */
async function read(path: string, mode?: string): Promise<string> {
  const handle = await ask<number>("guest-file-open", mode === undefined ? { path } : { path, mode });
  if (handle instanceof Error) return "refused";
  const answer = await ask<{ "buf-b64": string }>("guest-file-read", { handle });
  await ask("guest-file-close", { handle });
  return answer instanceof Error ? "" : Buffer.from(answer["buf-b64"], "base64").toString();
}

/** @returns what it wrote, or "refused". */
async function exec(path: string, more: object = {}): Promise<string> {
  const started = await ask<{ pid: number }>("guest-exec", { path, "capture-output": true, ...more });
  if (started instanceof Error) return "refused";
  for (;;) {
    const status = await ask<{ exited: boolean; "out-data"?: string }>("guest-exec-status", started);
    if (status instanceof Error) throw status;
    if (status.exited)
      return Buffer.from(status["out-data"] ?? "", "base64")
        .toString()
        .trim();
    await pause(2);
  }
}

async function attack(first: string, second: string): Promise<void> {
  attacker = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", SWAPPER, first, second], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (attacker.stdout) await once(attacker.stdout, "data");
}

/** Tries until both have come out often enough. @returns whatever came out. */
async function repeatedly(step: () => Promise<string>, ...expected: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const enough = () => expected.every((one) => (counts.get(one) ?? 0) >= OFTEN);
  for (let round = 0; round < ROUNDS || (!enough() && round < MOST_ROUNDS); round++) {
    const outcome = await step();
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  for (const one of expected) expect(counts.get(one) ?? 0, `${one} of ${JSON.stringify([...counts])}`).toBeGreaterThanOrEqual(OFTEN);
  return counts;
}

describe("guest-file-open in one folder", { timeout: 60_000 }, () => {
  const spelt = (path: string) =>
    path.replaceAll("BASE", base).replaceAll("PID", String(agent.pid)).replaceAll("SECRETFD", "0").replaceAll("FOLDERFD", "0");

  test("every spelling gives what is inside, or nothing", async () => {
    for (const [path, result] of READS) {
      if (path.includes("FD")) continue; // those are descriptors of the unit test's own process
      const expected = result === "inside" ? "inside" : result === "folder" || result === "special" ? "" : "refused";
      expect([path, await read(spelt(path))]).toEqual([path, expected]);
    }
  });

  test("nothing there can be written to, cut or made", async () => {
    const before = contents(base).filter((line) => !JSON.parse(line)[0].startsWith("run"));
    for (const mode of WRITING) {
      for (const [path] of READS) expect([path, mode, await read(spelt(path), mode)]).toEqual([path, mode, "refused"]);
      for (const path of ["allowed/new", "allowed/to-new-secret", "secret/new", "new"]) expect(await read(at(path), mode)).toBe("refused");
    }
    expect(contents(base).filter((line) => !JSON.parse(line)[0].startsWith("run"))).toEqual(before);
  });

  test("where writing is allowed, files are written and made, and nothing outside by way of links", async () => {
    symlinkSync(at("secret/secret"), at("written/to-secret"));
    symlinkSync(at("secret/new"), at("written/to-new"));
    symlinkSync(at("secret"), at("written/to-folder"));
    const before = contents(at("secret"));
    const handle = await ask<number>("guest-file-open", { path: at("written/mine"), mode: "w" });
    expect(await ask("guest-file-write", { handle, "buf-b64": Buffer.from("hello").toString("base64") })).toEqual({ count: 5, eof: false });
    expect(await read(at("written/mine"))).toBe("hello");
    for (const mode of ["r", ...WRITING]) {
      for (const path of ["to-secret", "to-new", "to-folder/secret", "to-folder/new", "../secret/new", "to-folder/../secret/new"]) {
        expect([mode, path, await read(`${at("written")}/${path}`, mode)]).toEqual([mode, path, "refused"]);
      }
    }
    expect(contents(at("secret"))).toEqual(before);
  });

  test("a folder that somebody swaps for a link all the time", async () => {
    mkdirSync(at("allowed/folder"));
    writeFileSync(at("allowed/folder/secret"), "inside");
    symlinkSync(at("secret"), at("allowed/swapped"));
    await attack(at("allowed/folder"), at("allowed/swapped"));
    const counts = await repeatedly(() => read(at("allowed/folder/secret")), "inside", "refused");
    expect([...counts.keys()].toSorted()).toEqual(["inside", "refused"]);
  });

  test("and while files are cut and made", async () => {
    mkdirSync(at("written/folder"));
    symlinkSync(at("secret"), at("written/swapped"));
    const before = contents(at("secret"));
    await attack(at("written/folder"), at("written/swapped"));
    let round = 0;
    await repeatedly(
      async () => {
        const name = round++ % 2 === 0 ? "secret" : `new-${round}`;
        return (await read(`${at("written/folder")}/${name}`, "w")) === "refused" ? "refused" : "opened";
      },
      "opened",
      "refused",
    );
    expect(contents(at("secret"))).toEqual(before);
  });
});

describe("guest-exec of two programs", { timeout: 60_000 }, () => {
  const rows: readonly (readonly [path: string, output: string])[] = [
    ["BASE/bin/one", "one"],
    ["BASE/bin/two", "two"],
    ["BASE/to-bin/one", "one"],
    ["BASE//bin/./two", "two"],
    ["BASE/other-bin/../bin/one", "one"],
    ["/proc/self/rootBASE/bin/one", "one"],
    ["one", "one"],
    ["BASE/bin/three", "refused"],
    ["BASE/bin/to-three", "refused"],
    // One file, but another name: what a program does can depend on it.
    ["BASE/bin/uno", "refused"],
    ["BASE/other-bin/one", "refused"],
    ["BASE/other-bin/three", "refused"],
    ["BASE/bin/one/../three", "refused"],
    ["BASE/bin/../other-bin/one", "refused"],
    ["/proc/self/rootBASE/other-bin/one", "refused"],
    ["/proc/self/cwd/other-bin/one", "refused"],
    ["other-bin/one", "refused"],
    ["./one", "refused"],
    ["../one", "refused"],
    ["three", "refused"],
    ["BASE/bin/one ", "refused"],
    ["BASE/bin/one\0", "refused"],
    ["BASE/bin/ONE", "refused"],
    ["BASE/bin/one/", "refused"],
    ["BASE/bin", "refused"],
    ["/bin/sh", "refused"],
    ["sh", "refused"],
    ["", "refused"],
  ];
  test.each(rows)("%j: %s", async (path, output) => {
    expect(await exec(path.replaceAll("BASE", base))).toBe(output);
  });

  test("an environment isn't allowed here, arguments are no shell's", async () => {
    expect(await exec(at("bin/one"), { env: ["LD_PRELOAD=/tmp/x"] })).toBe("refused");
    expect(await exec(at("bin/one"), { arg: ["$(touch run/escaped)", "; touch run/escaped"] })).toBe(
      "one $(touch run/escaped) ; touch run/escaped",
    );
  });

  test("a way that somebody swaps all the time", async () => {
    symlinkSync(at("bin"), at("way"));
    symlinkSync(at("other-bin"), at("other-way"));
    await attack(at("way"), at("other-way"));
    const counts = await repeatedly(() => exec(at("way/one")), "one", "refused");
    expect([...counts.keys()].toSorted()).toEqual(["one", "refused"]);
  });
});

test("guest-info says what can be had at all", async () => {
  const info = await ask<{ supported_commands: { name: string; enabled: boolean }[] }>("guest-info", {});
  if (info instanceof Error) throw info;
  const enabled = info.supported_commands.filter((one) => one.enabled).map(({ name }) => name);
  expect(enabled).toEqual(expect.arrayContaining(["guest-exec", "guest-exec-status", "guest-file-open", "guest-ping"]));
  expect(enabled).not.toContain("guest-set-user-password");
});
