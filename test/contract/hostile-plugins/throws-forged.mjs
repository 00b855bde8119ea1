import { CommandError, command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "throws-forged",
  commands: () => [
    command({
      name: "guest-throws-forged",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        throw Object.assign(new CommandError("COMMAND_FAILED", { reason: "fine" }), { class: { toString: null } });
      },
    }),
  ],
});
