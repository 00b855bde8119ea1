import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-map",
  commands: () => [
    command({
      name: "guest-returns-map",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => new Map([["value", 1]]),
    }),
  ],
});
