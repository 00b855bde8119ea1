/**
 * Thaws the given mount points when its standard input ends, because the scenario has ended or was killed, or when nothing has come from
 * there for a time, because it hangs: `watchdog.ts SECONDS DIR…`.
 */
import { spawnSync } from "node:child_process";

const [, , seconds, ...mountPoints] = process.argv;

function thaw(): never {
  for (const mountPoint of mountPoints) spawnSync("fsfreeze", ["--unfreeze", mountPoint], { stdio: "ignore" });
  process.exit();
}

const timer = setTimeout(thaw, Number(seconds) * 1000);
process.stdin.on("data", () => timer.refresh()).on("end", thaw);
process.stdout.write("ready");
