import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "changes-mask",
  commands: () => [
    command({
      name: "guest-changes-mask",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => process.umask(0o777),
    }),
  ],
});
