import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "changes-folder",
  commands: () => [
    command({
      name: "guest-changes-folder",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => process.chdir("/"),
    }),
  ],
});
