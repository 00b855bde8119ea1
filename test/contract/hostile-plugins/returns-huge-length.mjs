import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-huge-length",
  commands: () => [
    command({
      name: "guest-returns-huge-length",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Array(Type.Int64()),
      run: () => new Array(4_000_000_000),
    }),
  ],
});
