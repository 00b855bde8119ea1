import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "start-throws",
  start() {
    throw new Error("no device");
  },
  commands: () => [
    command({
      name: "guest-start-throws",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1 }),
    }),
  ],
});
