import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "start-blocks",
  start() {
    for (;;);
  },
  commands: () => [
    command({
      name: "guest-start-blocks",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1 }),
    }),
  ],
});
