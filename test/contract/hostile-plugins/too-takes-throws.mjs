import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "too-takes-throws",
  commands: () => [
    command({
      name: "guest-throws",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1 }),
    }),
  ],
});
