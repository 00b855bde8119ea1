import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "rejects",
  commands: () => [
    command({
      name: "guest-rejects",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: async () => {
        throw new TypeError("no value");
      },
    }),
  ],
});
