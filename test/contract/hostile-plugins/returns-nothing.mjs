import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-nothing",
  commands: () => [
    command({
      name: "guest-returns-nothing",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => undefined,
    }),
  ],
});
