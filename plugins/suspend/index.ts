/** Putting the guest to sleep: guest-suspend-disk, guest-suspend-ram, guest-suspend-hybrid. */
import { command, definePlugin, Files, onlyOn, PowerControl, Processes, type SleepMode } from "../../core/plugin.ts";
import { DISK, HYBRID, RAM, suspend } from "./suspend.ts";

const privilege = "root: asks systemd or pm-utils, or writes /sys/power/state.";

/** For `supported`, where the system knows how it can sleep. */
function canSleep(control: Partial<PowerControl>, mode: SleepMode): true | string {
  if (process.platform === "darwin") return "macOS sleeps by itself; nothing here puts it to sleep";
  return (
    control.canSleep === undefined ||
    control.canSleep(mode) ||
    "the system says that it can't: its firmware or its settings have no such state"
  );
}

export default definePlugin({
  name: "suspend",
  needs: { files: Files, processes: Processes, control: PowerControl },
  commands: (system) => [
    command({
      name: "guest-suspend-disk",
      since: "1.1",
      summary: "Writes the guest's memory to its disk and turns it off; success shows in the machine's state, not in an answer.",
      profile: "standard",
      parity: "same",
      answers: false,
      privilege,
      supported: () => canSleep(system.control, "disk"),
      run: (_, { signal, log }) => suspend(DISK, system, signal, log),
    }),
    command({
      name: "guest-suspend-ram",
      since: "1.1",
      summary: "Suspends the guest to memory, until the host wakes it; success shows in the machine's state, not in an answer.",
      profile: "standard",
      parity: "same",
      answers: false,
      privilege,
      supported: () => canSleep(system.control, "ram"),
      run: (_, { signal, log }) => suspend(RAM, system, signal, log),
    }),
    command({
      name: "guest-suspend-hybrid",
      since: "1.1",
      summary: "Writes the guest's memory to its disk, then suspends to memory; success shows in the machine's state, not in an answer.",
      profile: "standard",
      parity: "same",
      answers: false,
      privilege: "root: asks systemd or pm-utils.",
      supported: onlyOn(["linux"], "only Linux suspends to memory and disk at once"),
      run: (_, { signal, log }) => suspend(HYBRID, system, signal, log),
    }),
  ],
});
