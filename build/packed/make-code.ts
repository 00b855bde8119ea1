/**
 * `node [the executable's flags] make-code.ts FOLDER [run]`: V8's code for the scripts in a folder, written beside them.
 * With "run" the agent is started first, on a socket in a temporary folder, and asked: then the code has the functions that a start needs,
 * and without it only what V8 compiles before anything is called.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Script } from "node:vm";
import { codeOf, compile, LATER, MAIN, type Program } from "./scripts.ts";

const REQUESTS = '{"execute":"guest-sync","arguments":{"id":1}}\n{"execute":"guest-ping"}\n';
const ANSWERS = '{"return": 1}\n{"return": {}}\n';
const START_LIMIT_MS = 30_000;

const [folder = ".", how] = process.argv.slice(2);
const scripts = new Map<string, Script>([MAIN, LATER].map((name) => [name, compile(name, readFileSync(join(folder, name), "latin1"))]));
if (how === "run") await run();
for (const [name, script] of scripts) writeFileSync(join(folder, codeOf(name)), script.createCachedData());
process.exit(0);

async function run(): Promise<void> {
  Object.assign(globalThis, { [Symbol.for("lodger.packed")]: { target: "the build", script: programOf } });
  // Not below the project: a socket's path has at most 107 bytes.
  const place = mkdtempSync(join(tmpdir(), "lodger-build-"));
  process.once("exit", () => rmSync(place, { recursive: true, force: true }));
  const socket = join(place, "socket");
  // Nothing of the machine that builds may have a say: neither its settings nor its admin's rules.
  const empty = join(place, "empty");
  writeFileSync(empty, "", { mode: 0o600 });
  const settings = ["--config", empty, "--lodger-config", empty, "--plugins", place, "--scripts", place];
  process.argv = [process.execPath, MAIN, "--method", "unix-listen", "--path", socket, "--statedir", place, ...settings];
  programOf(MAIN)(createRequire(import.meta.url), { exports: {} }, MAIN);
  for (const limit = Date.now() + START_LIMIT_MS; !(await answers(socket)); await pause(5)) {
    if (Date.now() > limit)
      throw new Error(`the agent that the build has started doesn't answer on ${socket}: can sockets be made in ${tmpdir()}?`);
  }
}

function programOf(name: string): Program {
  return scripts.get(name)?.runInThisContext();
}

/** @returns whether there was an agent. @throws Error if it answered something else. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    let answer = "";
    connection.on("error", () => resolve(false));
    connection.on("connect", () => connection.write(REQUESTS));
    connection.on("data", (bytes) => {
      answer += bytes;
      if (answer.length < ANSWERS.length) return;
      connection.destroy();
      if (answer === ANSWERS) resolve(true);
      else reject(new Error(`the agent answered ${answer} in the build`));
    });
  });
}
