/** What the process of an isolated plugin does to itself before it loads the plugin. */
import { closeSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { become } from "../../os/linux/home-worker.ts";
import { setCloseOnExec, signalAtParentsDeath } from "../../os/linux/libc.ts";
import { limitData } from "../../os/linux/resource-limits.ts";
import { native } from "../../os/native.ts";
import { CHANNEL_FD, type OpenOrder } from "./messages.ts";

const O_CLOEXEC = 0o2000000;
const MIB = 2 ** 20;
/** Stacks of threads to come, and room to be found by the agent's look before memory ends. */
const SLACK_BYTES = 384 * MIB;
const NICE = 5;
/** Of 1000: when the machine is short of memory, this goes before the agent and most others. */
const OOM_SCORE = "500";

/** Whoever started the agent may have left descriptors open in it. What Node opened itself is close-on-exec. */
export function closeInherited(): void {
  for (const fd of readdirSync("/proc/self/fd").map(Number)) {
    if (fd <= CHANNEL_FD) continue;
    try {
      const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1] ?? "", 8);
      if ((flags & O_CLOEXEC) === 0) closeSync(fd);
    } catch {
      // the one by which the list was read
    }
  }
}

/**
 * For good.
 * @throws Error if it can't become the user that it is to be, or couldn't be ended with the agent.
 */
export function settle({ memoryLimit, account }: OpenOrder, parent: number): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", OOM_SCORE);
  } catch {
    // It runs all the same.
  }
  native(); // a user can't load it from everywhere
  setCloseOnExec(CHANNEL_FD);
  if (account) become(account);
  const now = Number(/^VmData:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? 0) * 1024;
  limitData(now + memoryLimit * MIB + SLACK_BYTES);
  // The last: a change of the user takes it back.
  signalAtParentsDeath(constants.signals.SIGKILL);
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}

/** From now on the agent goes first. Not while the plugin is loaded, for which it has a time limit. */
export function yieldToOthers(): void {
  try {
    setPriority(NICE);
  } catch {
    // It runs all the same.
  }
}
