import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "circle-a",
  after: ["circle-b"],
  commands: () => [
    command({
      name: "guest-circle-a",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1 }),
    }),
  ],
});
