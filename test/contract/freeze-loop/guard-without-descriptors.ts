/** Arms a guard in a process that has no descriptor left, and prints what comes of it. */
import { openSync } from "node:fs";
import { LinuxFreezeGuard } from "../../../core/os/linux/freeze-guard.ts";

await import("node:child_process");
try {
  for (;;) openSync("/dev/null", "r");
} catch {
  // Now there is none.
}
const orders = { fileSystems: [], mark: "/nowhere/mark", note: "/nowhere/note" };
await new LinuxFreezeGuard([process.execPath, "--version"]).arm(orders).catch(({ message }: Error) => process.stdout.write(message));
