import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "throws-proxy",
  commands: () => [
    command({
      name: "guest-throws-proxy",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        throw new Proxy(new Error(), {
          get() {
            throw new Error("no");
          },
        });
      },
    }),
  ],
});
