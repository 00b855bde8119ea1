import { EventEmitter } from "node:events";
import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "emits-error",
  commands: () => [
    command({
      name: "guest-emits-error",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        setTimeout(() => new EventEmitter().emit("error", new Error("emitted")), 20);
        return { value: 1 };
      },
    }),
  ],
});
