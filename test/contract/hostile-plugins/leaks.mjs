import { createServer } from "node:net";
import { Worker } from "node:worker_threads";
import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "leaks",
  commands: () => [
    command({
      name: "guest-leaks",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        createServer().listen(0, "127.0.0.1");
        setInterval(() => undefined, 1000);
        new Worker("setInterval(() => undefined, 1000)", { eval: true });
        process.stdin.resume();
        return { value: 1 };
      },
    }),
  ],
});
