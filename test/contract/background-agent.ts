/** Started by a test: goes into the background, as the agent does with -d, then serves or fails as its arguments say. */
import { readlinkSync, writeFileSync } from "node:fs";
import { asDaemon, startDaemon } from "../../core/process/daemonize.ts";
import { endSignal, endWithin } from "../../core/process/exit.ts";
import { PidFile } from "../../core/process/pidfile.ts";

const [, , pidPath = "", reportPath = "", fail] = process.argv;
const daemon = asDaemon();
if (daemon === undefined) {
  process.exitCode = await startDaemon();
} else if (fail === "fail") {
  console.error("the channel can't be opened");
  process.exitCode = 1;
} else {
  const pidFile = PidFile.create(pidPath);
  const alive = setInterval(() => {}, 1000);
  const signal = endSignal(async () => {});
  signal.addEventListener("abort", () => {
    clearInterval(alive);
    pidFile.release();
    endWithin(500, 0);
  });
  daemon.ready();
  const streams = [0, 1, 2].map((fd) => readlinkSync(`/proc/self/fd/${fd}`));
  const report = { pid: process.pid, cwd: process.cwd(), umask: process.umask(0o077), streams, marker: process.env.LODGER_DAEMON };
  writeFileSync(reportPath, JSON.stringify(report));
}
