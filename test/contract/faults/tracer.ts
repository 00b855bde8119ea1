/** System calls of a running program that fail, by strace: it stands between the program and the kernel. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const PATIENCE_MS = 20_000;

export interface Fault {
  /** Names of system calls, separated by commas. One that this machine hasn't is marked by "?". */
  readonly calls: string;
  readonly error: string;
  /** Which of them fail, as strace takes it: "1+2" is every second one. Default: all. */
  readonly when?: string;
  /** Only calls on this file, or on a socket as /proc has it: "socket:[123]". */
  readonly on?: string;
}

/** @returns why programs can't be traced here, or undefined. */
export function noTracing(): string | undefined {
  const { error, status } = spawnSync("strace", ["-qq", "-o", "/dev/null", "true"]);
  if (error !== undefined) return "strace is not installed";
  return status === 0 ? undefined : "programs may not be traced here";
}

/** Runs the work while calls fail. @returns its result, and how many calls have failed. */
export async function withFault<T>(pid: number, trace: string, fault: Fault, work: () => Promise<T>) {
  const { calls, error, when = "1+", on } = fault;
  const inject = `inject=${calls}:error=${error}:when=${when}`;
  const args = ["-f", "-qq", "-s", "0", "-o", trace, "-e", `trace=${calls}`, "-e", inject, ...(on === undefined ? [] : ["-P", on])];
  const strace = spawn("strace", [...args, "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  strace.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const ended = once(strace, "close");
  try {
    const deadline = performance.now() + PATIENCE_MS;
    while (!isTraced(pid)) {
      if (performance.now() > deadline || strace.exitCode !== null) throw new Error(`strace is not attached: ${said}`);
      await pause(10);
    }
    const result = await work();
    return { result, injected: readFileSync(trace, "latin1").split("(INJECTED)").length - 1 };
  } finally {
    strace.kill("SIGINT");
    await ended;
  }
}

/** Whether all its threads are. */
function isTraced(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((thread) => {
    try {
      return /^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, "latin1"));
    } catch {
      return true; // it has ended
    }
  });
}
