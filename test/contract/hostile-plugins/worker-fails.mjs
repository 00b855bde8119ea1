import { Worker } from "node:worker_threads";
import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "worker-fails",
  commands: () => [
    command({
      name: "guest-worker-fails",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        new Worker("throw new Error('in a thread')", { eval: true });
        return { value: 1 };
      },
    }),
  ],
});
