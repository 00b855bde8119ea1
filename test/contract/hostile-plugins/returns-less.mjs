import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-less",
  commands: () => [
    command({
      name: "guest-returns-less",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: async () => ({}),
    }),
  ],
});
