import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "blocks-later",
  commands: () => [
    command({
      name: "guest-blocks-later",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: async () => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        const end = Date.now() + 13_000;
        while (Date.now() < end);
        return { value: 1 };
      },
    }),
  ],
});
