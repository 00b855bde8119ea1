import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "blocks",
  commands: () => [
    command({
      name: "guest-blocks",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        for (;;);
      },
    }),
  ],
});
