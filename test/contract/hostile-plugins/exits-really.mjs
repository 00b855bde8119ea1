import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "exits-really",
  commands: () => [
    command({
      name: "guest-exits-really",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => process.reallyExit(3),
    }),
  ],
});
