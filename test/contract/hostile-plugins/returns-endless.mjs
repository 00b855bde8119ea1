import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-endless",
  commands: () => [
    command({
      name: "guest-returns-endless",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Array(Type.Int64()),
      run: () => Array.from({ length: 2_000_000 }, () => 1),
    }),
  ],
});
