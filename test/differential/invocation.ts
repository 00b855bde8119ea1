/** An agent started with options of a case's own, to see what it prints and how it ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Finding, judge } from "./compare.ts";
import { environment, ours } from "./launch.ts";
import { type Generation, references } from "./reference.ts";

export interface Invocation {
  readonly id: string;
  /** `{folder}` is replaced by the private folder; its `state` exists, and `s` is a place for a socket. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Not for agents without these options. */
  readonly only?: readonly Generation[];
  /** Its output is for people: only whether there is any is compared. */
  readonly prose?: boolean;
}

const LIMIT = 5000;
/** Ours, packaged, starts within this on a busy machine. */
const START = 2500;

export async function invoke(invocation: Invocation): Promise<Finding[]> {
  const { found } = await references();
  const suitable = found.filter(({ generation }) => invocation.only?.includes(generation) ?? true);
  const own = await outcome(ours(), invocation);
  const findings: Finding[] = [];
  for (const reference of suitable) {
    const theirs = await outcome(reference.command, invocation);
    findings.push(...judge(`invocation: ${invocation.id}`, invocation.args.join(" "), reference, theirs, own));
  }
  return findings;
}

/** @returns what came out, each part as one JSON text. */
async function outcome(command: readonly string[], { args, env, files, prose }: Invocation): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "lodger-differential-"));
  try {
    await mkdir(join(folder, "state"));
    for (const [name, text] of Object.entries(files ?? {})) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text, "latin1");
    }
    const inFolder = (text: string) => text.replaceAll("{folder}", folder);
    const more = Object.fromEntries(Object.entries(env ?? {}).map(([key, value]) => [key, inFolder(value)]));
    const [file = "", ...rest] = command;
    const child = spawn(file, [...rest, ...args.map(inFolder)], {
      cwd: folder,
      env: environment(folder, more),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    const status = await Promise.race([
      once(child, "close").then(([code, signal]) => `ends with ${code ?? signal}`),
      serving(join(folder, "s"), () => child.exitCode !== null),
    ]);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "close");
    }
    const printed = Buffer.concat(out)
      .toString("latin1")
      .replaceAll(folder, "{folder}")
      .replaceAll(file, "AGENT")
      .replaceAll(rest.at(-1) ?? file, "AGENT");
    // Who serves may log, in its own words; who doesn't must say why.
    const said = status !== "serves" && Buffer.concat(err).length > 0;
    return [
      status,
      `stdout: ${prose ? (printed === "" ? "nothing" : "something") : JSON.stringify(printed)}`,
      `stderr: ${said ? "something" : "nothing"}`,
    ].map((text) => JSON.stringify(text));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function serving(socket: string, ended: () => boolean): Promise<string> {
  const limit = Date.now() + START;
  while (!existsSync(socket)) {
    if (Date.now() > limit) return "goes on without a socket";
    if (ended()) await delay(LIMIT);
    await delay(10);
  }
  // Whoever opens its socket and ends then is not serving.
  await delay(150);
  return ended() ? delay(LIMIT, "") : "serves";
}
