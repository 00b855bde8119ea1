import { CommandError, command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "throws-endless-text",
  commands: () => [
    command({
      name: "guest-throws-endless-text",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        throw new CommandError("COMMAND_FAILED", { reason: "x".repeat(10_000_000) });
      },
    }),
  ],
});
