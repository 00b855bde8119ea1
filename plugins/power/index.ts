/** Turning the guest off or starting it again: guest-shutdown. */
import { command, definePlugin, PowerControl, Processes, Type } from "../../core/plugin.ts";
import { shutDown } from "./shutdown.ts";

export default definePlugin({
  name: "power",
  needs: { processes: Processes, control: PowerControl },
  commands: ({ processes, control }) => [
    command({
      name: "guest-shutdown",
      since: "0.15",
      summary: "Powers the guest off, halts it or starts it again; success shows in the machine's state, not in an answer.",
      profile: "standard",
      parity: "same",
      answers: false,
      privilege: "root: starts the system's shutdown.",
      arguments: Type.Object({
        mode: Type.Optional(Type.String({ description: '"powerdown", "halt" or "reboot".', default: "powerdown" })),
      }),
      run: async ({ mode = "powerdown" }, { log }) => {
        log.info(`guest-shutdown called, mode: ${mode}`);
        await shutDown(processes, control, mode);
      },
    }),
  ],
});
