import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "circle-b",
  after: ["circle-a"],
  commands: () => [
    command({
      name: "guest-circle-b",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1 }),
    }),
  ],
});
