/** Putting the guest to sleep: guest-suspend-disk, guest-suspend-ram, guest-suspend-hybrid. */
import { command, definePlugin, Files, Processes } from "../../core/plugin.ts";
import { DISK, HYBRID, RAM, suspend } from "./suspend.ts";

const privilege = "root: asks systemd or pm-utils, or writes /sys/power/state.";

export default definePlugin({
  name: "suspend",
  needs: { files: Files, processes: Processes },
  commands: (system) => [
    command({
      name: "guest-suspend-disk",
      since: "1.1",
      summary: "Writes the guest's memory to its disk and turns it off; success shows in the machine's state, not in an answer.",
      profile: "standard",
      parity: "same",
      answers: false,
      privilege,
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
      run: (_, { signal, log }) => suspend(HYBRID, system, signal, log),
    }),
  ],
});
