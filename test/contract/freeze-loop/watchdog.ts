/**
 * Thaws the given mount points when its standard input ends, because the scenario has ended or was killed, or after a time, because it
 * hangs: `watchdog.ts SECONDS DIR…`.
 */
import { spawnSync } from "node:child_process";

const [, , seconds, ...mountPoints] = process.argv;

function thaw(): never {
  for (const mountPoint of mountPoints) spawnSync("fsfreeze", ["--unfreeze", mountPoint], { stdio: "ignore" });
  process.exit();
}

setTimeout(thaw, Number(seconds) * 1000);
process.stdin.on("end", thaw).resume();
process.stdout.write("ready");
