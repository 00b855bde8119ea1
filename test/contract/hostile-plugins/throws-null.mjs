import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "throws-null",
  commands: () => [
    command({
      name: "guest-throws-null",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        throw null;
      },
    }),
  ],
});
