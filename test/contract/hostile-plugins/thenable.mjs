import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "thenable",
  commands: () => [
    command({
      name: "guest-thenable",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is what it is hostile by.
        then(resolve) {
          resolve({ value: 1 });
          resolve({ value: 2 });
          throw new Error("after that");
        },
      }),
    }),
  ],
});
