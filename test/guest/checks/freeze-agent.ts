import { until } from "../deadline.ts";
import type { Machine } from "../machine.ts";

const program = "/usr/local/sbin/lodger";

/** Shell commands that print process ids. */
export const mainPid = "systemctl show -p MainPID --value lodger";
export const guardPid = `pgrep -f '^${program} freeze-guard$'`;

/** Lines for the agent's unit. */
export function withOptions(...options: readonly string[]): string[] {
  return ["ExecStart=", `ExecStart=${[program, ...options].join(" ")}`];
}

/** For after a failed test: nothing frozen, no guard, and an agent that has just started. */
export const startAfresh = [
  "for device in $(dmsetup ls | cut -f1); do dmsetup resume $device; done",
  `kill -9 $(${guardPid})`,
  "for folder in $(findmnt -rno TARGET -t ext4,xfs,btrfs); do timeout 5 fsfreeze -u $folder; done",
  `kill -9 $(${mainPid}); rm -f /run/qga.state.*; systemctl reset-failed lodger; systemctl restart lodger`,
].join("\n");

/** @returns the process id of the agent that systemd has started after `before`. */
export async function nextAgent(machine: Machine, before: string): Promise<string> {
  return await until(30_000, "systemd to start the agent again", async () => {
    const pid = await machine.shell.out(mainPid);
    return pid !== "0" && pid !== before ? pid : undefined;
  });
}

/** What an agent has logged, once a line of it is there. */
export async function logOf(machine: Machine, pid: string, line: RegExp): Promise<{ line: string; all: string[] }> {
  let all: string[] = [];
  const found = await until(10_000, `the journal to have ${line}`, async () => {
    all = (await machine.shell.out(`journalctl -q -o cat _PID=${pid}`)).split("\n");
    return all.findLast((one) => line.test(one));
  }).catch((error: Error) => {
    throw new Error(`${error.message}, it has:\n${all.slice(-12).join("\n")}`);
  });
  // without time and level
  return { line: found.replace(/^[\d.]+: \w+: /, ""), all };
}

/** Waits until no guard is left: one that stays would thaw somebody else's freeze. */
export async function guardEnds(machine: Machine): Promise<void> {
  await until(10_000, "the guard to end", async () => ((await machine.shell.run(guardPid)).status === 0 ? undefined : true));
}
