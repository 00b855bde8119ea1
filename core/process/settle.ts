/**
 * Once the agent waits for its first work, what the start has left behind is collected: V8 would keep that megabyte until there is
 * more garbage, which in an idle agent there never is.
 */

/** Long enough for a first client's requests, which come at once where there are any. */
const AFTER_MS = 1000;

/** Never keeps the process alive. */
export function collectWhenSettled(): void {
  setTimeout(() => {
    const { setFlagsFromString } = process.getBuiltinModule("node:v8");
    const { runInNewContext } = process.getBuiltinModule("node:vm");
    // As a flag of the executable it would cost 8 ms at start: V8 then refuses the code that Node has compiled in advance.
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("globalThis.gc");
    setFlagsFromString("--no-expose-gc");
    if (typeof collect === "function") collect({ type: "major", flavor: "last-resort" });
  }, AFTER_MS).unref();
}
