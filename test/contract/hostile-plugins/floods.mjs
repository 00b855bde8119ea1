import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "floods",
  commands: () => [
    command({
      name: "guest-floods",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: (_, { log }) => {
        for (let line = 0; line < 100_000; line++) log.error(`line ${line}`);
        return { value: 1 };
      },
    }),
  ],
});
