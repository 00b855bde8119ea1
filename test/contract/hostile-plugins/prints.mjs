import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "prints",
  commands: () => [
    command({
      name: "guest-prints",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        for (let line = 0; line < 100_000; line++) console.log("printed %d", line);
        return { value: 1 };
      },
    }),
  ],
});
