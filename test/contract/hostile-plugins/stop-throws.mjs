import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "stop-throws",
  stop() {
    throw null;
  },
  commands: () => [
    command({
      name: "guest-stop-throws",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1 }),
    }),
  ],
});
