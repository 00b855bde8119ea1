/** The ways to suspend a Linux system, tried in order: systemd, pm-utils, the kernel itself. */
import { type Files, failed, type Log, OsError, type PowerControl, type Processes, type SleepMode } from "../../core/plugin.ts";

/** How each way calls one kind of suspend. */
export interface Mode {
  readonly name: SleepMode | "hybrid";
  readonly systemdUnit: string;
  readonly systemctlVerb: string;
  readonly pmFlag: string;
  readonly pmProgram: string;
  /** The word of /sys/power/state; the kernel alone has no hybrid. */
  readonly kernelWord?: string;
}

export const DISK: Mode = {
  name: "disk",
  systemdUnit: "systemd-hibernate",
  systemctlVerb: "hibernate",
  pmFlag: "--hibernate",
  pmProgram: "pm-hibernate",
  kernelWord: "disk",
};
export const RAM: Mode = {
  name: "ram",
  systemdUnit: "systemd-suspend",
  systemctlVerb: "suspend",
  pmFlag: "--suspend",
  pmProgram: "pm-suspend",
  kernelWord: "mem",
};
export const HYBRID: Mode = {
  name: "hybrid",
  systemdUnit: "systemd-hybrid-sleep",
  systemctlVerb: "hybrid-sleep",
  pmFlag: "--suspend-hybrid",
  pmProgram: "pm-suspend-hybrid",
};

export interface System {
  readonly files: Files;
  readonly processes: Processes;
  readonly control: Partial<PowerControl>;
}

const STATE = "/sys/power/state";

/** Of descriptors, memory and processes. */
const SHORTAGES = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);

/** A systemd that hangs must not hold the command for ever. The suspend itself has no limit: it ends when the guest wakes. */
const PROBE_LIMIT_MS = 10_000;

/**
 * Suspends, and returns after the guest woke up.
 * @param signal keeps a step from starting; one that has started goes on, since killing it can leave half a suspend behind.
 * @throws CommandError if no way works, or the agent is short of what it takes to find out.
 */
export async function suspend(mode: Mode, system: System, signal: AbortSignal, log: Log): Promise<void> {
  const { control } = system;
  if (control.sleep && mode.name !== "hybrid") {
    if (signal.aborted) throw failed("the suspend was given up before it began");
    await control.sleep(mode.name).catch((error: unknown) => {
      throw error instanceof OsError ? failed(`failed to suspend the guest: ${error.message}`) : error;
    });
    return;
  }
  const ways = [
    { by: "systemd", supported: supportedBySystemd, run: bySystemd },
    { by: "pm-utils", supported: supportedByPmUtils, run: byPmUtils },
    { by: "the kernel", supported: supportedByKernel, run: byKernel },
  ];
  for (const way of ways) {
    if (!(await way.supported(mode, system))) continue;
    // A guest that falls asleep after its client has gone away surprises everyone.
    if (signal.aborted) throw failed("the suspend was given up before it began");
    if (await way.run(mode, system)) return;
    log.warning(`suspending to ${mode.name} through ${way.by} failed`);
  }
  throw failed("the requested suspend mode is not supported by the guest");
}

async function supportedBySystemd(mode: Mode, { processes }: System): Promise<boolean> {
  const status = await exitStatus(processes, "systemctl", ["status", mode.systemdUnit], PROBE_LIMIT_MS);
  // 1 to 3: a unit that is there and not running; 4: there is none.
  return status !== undefined && status >= 1 && status <= 3;
}

async function bySystemd(mode: Mode, { processes }: System): Promise<boolean> {
  return (await exitStatus(processes, "systemctl", [mode.systemctlVerb])) === 0;
}

async function supportedByPmUtils(mode: Mode, { processes }: System): Promise<boolean> {
  return (await exitStatus(processes, "pm-is-supported", [mode.pmFlag], PROBE_LIMIT_MS)) === 0;
}

async function byPmUtils(mode: Mode, { processes }: System): Promise<boolean> {
  return (await exitStatus(processes, mode.pmProgram, [])) === 0;
}

async function supportedByKernel(mode: Mode, { files }: System): Promise<boolean> {
  const word = mode.kernelWord;
  if (word === undefined) return false;
  const words = await unlessRefused(STATE, files.readText(STATE));
  return words?.split(/\s+/).includes(word) ?? false;
}

async function byKernel(mode: Mode, { files }: System): Promise<boolean> {
  if (mode.kernelWord === undefined) return false;
  return (
    (await unlessRefused(
      STATE,
      files.writeText(STATE, mode.kernelWord).then(() => true),
    )) ?? false
  );
}

/** @returns undefined if it can't be started, was killed by a signal or took too long. @throws CommandError for a shortage. */
async function exitStatus(processes: Processes, program: string, args: readonly string[], timeoutMs?: number): Promise<number | undefined> {
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  return (await unlessRefused(program, processes.run(program, args, { output: "ignored", ...limit })))?.status;
}

/** What the system refuses only means that the next way is tried. What it is short of it may have a moment later: that says nothing of ways. */
async function unlessRefused<T>(what: string, attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    if (SHORTAGES.has(error.code)) throw failed(`failed to suspend the guest: ${what} can't be used now: ${error.message}`);
    return undefined;
  }
}
