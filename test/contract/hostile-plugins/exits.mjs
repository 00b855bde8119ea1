import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "exits",
  commands: () => [
    command({
      name: "guest-exits",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => process.exit(3),
    }),
  ],
});
