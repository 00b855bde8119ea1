import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "stop-hangs",
  stop: () => new Promise(() => undefined),
  commands: () => [
    command({
      name: "guest-stop-hangs",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1 }),
    }),
  ],
});
