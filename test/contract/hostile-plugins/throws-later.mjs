import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "throws-later",
  commands: () => [
    command({
      name: "guest-throws-later",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        setTimeout(() => {
          throw new Error("too late");
        }, 20);
        return { value: 1 };
      },
    }),
  ],
});
