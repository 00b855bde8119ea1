/** Which program ends the system, and how. */
import { failed, OsError, type PowerControl, type Processes, runHelper, type ShutdownMode } from "../../core/plugin.ts";

/** For each mode the program that does it, and the option of `shutdown` that means the same. */
const MODES: ReadonlyMap<string, { readonly mode: ShutdownMode; readonly program: string; readonly option: string }> = new Map([
  ["powerdown", { mode: "powerdown", program: "/sbin/poweroff", option: "-P" }],
  ["halt", { mode: "halt", program: "/sbin/halt", option: "-H" }],
  ["reboot", { mode: "reboot", program: "/sbin/reboot", option: "-r" }],
]);

/**
 * Starts the shutdown and waits for the program that does so, not for the shutdown. It can't be given up: a shutdown that is
 * stopped half-way leaves a system nobody can reach.
 * @throws CommandError for an unknown mode, or with what the program printed when it failed.
 */
export async function shutDown(processes: Processes, control: Partial<PowerControl>, mode: string): Promise<void> {
  const way = MODES.get(mode);
  // The missing parenthesis is the interface's: clients compare the text.
  if (way === undefined) throw failed("mode is invalid (valid values are: halt|powerdown|reboot");
  if (control.shutDown) {
    try {
      control.shutDown(way.mode);
    } catch (error) {
      throw error instanceof OsError ? failed(`failed to shut the guest down: ${error.message}`) : error;
    }
    return;
  }
  if (process.platform === "darwin") {
    // Its halt and reboot don't end services first, and its shutdown always powers off what it halts.
    await runHelper(processes, "/sbin/shutdown", [way.mode === "reboot" ? "-r" : "-h", "now"], "shutdown");
    return;
  }
  if (await processes.isExecutable(way.program)) {
    await runHelper(processes, way.program, [], "shutdown");
    return;
  }
  await runHelper(processes, "/sbin/shutdown", ["-h", way.option, "+0", "hypervisor initiated shutdown"], "shutdown");
}
