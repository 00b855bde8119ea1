import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-changing",
  commands: () => [
    command({
      name: "guest-returns-changing",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        let asked = 0;
        return {
          get value() {
            return asked++ === 0 ? 1 : "changed";
          },
        };
      },
    }),
  ],
});
