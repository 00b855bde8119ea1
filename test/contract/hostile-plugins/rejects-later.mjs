import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "rejects-later",
  commands: () => [
    command({
      name: "guest-rejects-later",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        Promise.reject(new Error("nobody cares"));
        return { value: 1 };
      },
    }),
  ],
});
