import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "hangs",
  commands: () => [
    command({
      name: "guest-hangs",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => new Promise(() => undefined),
    }),
  ],
});
