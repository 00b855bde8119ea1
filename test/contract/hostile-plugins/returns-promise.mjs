import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-promise",
  commands: () => [
    command({
      name: "guest-returns-promise",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: Promise.resolve(1) }),
    }),
  ],
});
