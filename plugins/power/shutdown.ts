/** Which program ends the system, and how. */
import { failed, type Processes, runHelper } from "../../core/plugin.ts";

/** For each mode the program that does it, and the option of `shutdown` that means the same. */
const MODES = new Map([
  ["powerdown", { program: "/sbin/poweroff", option: "-P" }],
  ["halt", { program: "/sbin/halt", option: "-H" }],
  ["reboot", { program: "/sbin/reboot", option: "-r" }],
]);

/**
 * Starts the shutdown and waits for the program that does so, not for the shutdown. It can't be given up: a shutdown that is
 * stopped half-way leaves a system nobody can reach.
 * @throws CommandError for an unknown mode, or with what the program printed when it failed.
 */
export async function shutDown(processes: Processes, mode: string): Promise<void> {
  const way = MODES.get(mode);
  // The missing parenthesis is the interface's: clients compare the text.
  if (way === undefined) throw failed("mode is invalid (valid values are: halt|powerdown|reboot");
  if (await processes.isExecutable(way.program)) {
    await runHelper(processes, way.program, [], "shutdown");
    return;
  }
  await runHelper(processes, "/sbin/shutdown", ["-h", way.option, "+0", "hypervisor initiated shutdown"], "shutdown");
}
