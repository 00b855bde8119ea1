import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "supported-throws",
  commands: () => [
    command({
      name: "guest-supported-throws",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      supported() {
        throw new Error("who knows");
      },
      run: () => ({ value: 1 }),
    }),
  ],
});
