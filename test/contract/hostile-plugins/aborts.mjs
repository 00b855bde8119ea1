import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "aborts",
  commands: () => [
    command({
      name: "guest-aborts",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => process.abort(),
    }),
  ],
});
