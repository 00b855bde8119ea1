/**
 * Runs inside a private mount namespace, before an agent: puts a harmless program over everything that an agent runs to end or suspend
 * the machine or to set its clock, then becomes the agent. Such commands are only sent with arguments that must be refused; this is for the
 * day when an agent under development doesn't.
 */
import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";

const HARMFUL = ["shutdown", "poweroff", "halt", "reboot", "hwclock", "pm-suspend", "pm-hibernate", "pm-suspend-hybrid"].map(
  (name) => `/sbin/${name}`,
);
const HARMLESS = "/bin/false";

const targets = new Set([...HARMFUL, "/usr/bin/systemctl"].filter((path) => existsSync(path)).map((path) => realpathSync(path)));
for (const target of targets) execFileSync("mount", ["--bind", HARMLESS, target]);
if (existsSync("/sys/power/state")) execFileSync("mount", ["--bind", "/dev/null", "/sys/power/state"]);

const [, , file, ...args] = process.argv;
if (!file?.startsWith("/")) throw new Error("isolate needs an absolute path of an agent");
process.execve?.(file, [file, ...args], process.env);
