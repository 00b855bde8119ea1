import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "throws-null-later",
  commands: () => [
    command({
      name: "guest-throws-null-later",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        setTimeout(() => {
          throw null;
        }, 20);
        return { value: 1 };
      },
    }),
  ],
});
