import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "forges",
  commands: () => [
    command({
      name: "guest-forges",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: (_, { log }) => {
        log.error(`a\n9.000000: error: forged ${"x".repeat(1_000_000)}`);
        return { value: 1 };
      },
    }),
  ],
});
