import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-proxy",
  commands: () => [
    command({
      name: "guest-returns-proxy",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () =>
        new Proxy(
          {},
          {
            ownKeys() {
              throw new Error("not for you");
            },
          },
        ),
    }),
  ],
});
