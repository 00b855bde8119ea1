import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-half",
  commands: () => [
    command({
      name: "guest-returns-half",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1.5 }),
    }),
  ],
});
