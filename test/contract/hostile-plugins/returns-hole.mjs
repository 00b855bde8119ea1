import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-hole",
  commands: () => [
    command({
      name: "guest-returns-hole",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Array(Type.Int64()),
      run: () => [1, undefined, 3],
    }),
  ],
});
