import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "kills",
  commands: () => [
    command({
      name: "guest-kills",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => process.kill(process.pid, "SIGKILL"),
    }),
  ],
});
