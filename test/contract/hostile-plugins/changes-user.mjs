import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "changes-user",
  commands: () => [
    command({
      name: "guest-changes-user",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => process.setuid(65534),
    }),
  ],
});
