import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "exits-later",
  commands: () => [
    command({
      name: "guest-exits-later",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        setTimeout(process.exit, 20, 3);
        return { value: 1 };
      },
    }),
  ],
});
