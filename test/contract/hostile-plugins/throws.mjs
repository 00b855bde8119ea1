import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "throws",
  commands: () => [
    command({
      name: "guest-throws",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        throw new Error("boom\n9.000000: error: forged");
      },
    }),
  ],
});
