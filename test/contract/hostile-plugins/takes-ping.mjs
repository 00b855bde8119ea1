import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "takes-ping",
  commands: () => [
    command({
      name: "guest-ping",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1 }),
    }),
  ],
});
