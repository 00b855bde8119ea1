import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "after-answer",
  commands: () => [
    command({
      name: "guest-after-answer",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: (_, context) => {
        context.afterAnswer(() => {
          throw new Error("after all");
        });
        return { value: 1 };
      },
    }),
  ],
});
