import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "kills-group",
  commands: () => [
    command({
      name: "guest-kills-group",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => process.kill(0, "SIGKILL"),
    }),
  ],
});
