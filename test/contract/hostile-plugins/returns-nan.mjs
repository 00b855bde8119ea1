import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-nan",
  commands: () => [
    command({
      name: "guest-returns-nan",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: Number.NaN }),
    }),
  ],
});
