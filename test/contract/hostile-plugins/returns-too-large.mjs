import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-too-large",
  commands: () => [
    command({
      name: "guest-returns-too-large",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 2n ** 64n }),
    }),
  ],
});
