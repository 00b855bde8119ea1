import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "another",
  commands: () => [
    command({
      name: "guest-other-name",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1 }),
    }),
  ],
});
