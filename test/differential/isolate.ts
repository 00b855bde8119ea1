/**
 * Runs inside a private mount namespace, before an agent: puts a harmless program over everything that an agent runs to end or suspend
 * the machine or to set its clock, puts a case's prepared system over the machine's, gives up the right to set the clock and to reboot, and
 * then becomes the agent, with the same pid. Harmful commands are only sent with arguments that must be refused, or to such a prepared
 * system; this is for the day when an agent under development doesn't refuse.
 *
 * `node isolate.ts LAYOUT AGENT [ARGUMENT…]`, LAYOUT being a file, or "-" for the machine's own system.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import type { Layout } from "./world.ts";

const HARMFUL = ["shutdown", "poweroff", "halt", "reboot", "hwclock", "pm-suspend", "pm-hibernate", "pm-suspend-hybrid"].map(
  (name) => `/sbin/${name}`,
);
const HARMLESS = "/bin/false";

const mount = (...args: string[]) => execFileSync("mount", args);

const targets = new Set([...HARMFUL, "/usr/bin/systemctl"].filter((path) => existsSync(path)).map((path) => realpathSync(path)));
for (const target of targets) mount("--bind", HARMLESS, target);
if (existsSync("/sys/power/state")) mount("--bind", "/dev/null", "/sys/power/state");

const [, , layout = "-", file, ...args] = process.argv;
if (!file?.startsWith("/")) throw new Error("isolate needs an absolute path of an agent");
if (layout !== "-") {
  const { binds, mounts }: Layout = JSON.parse(readFileSync(layout, "utf8"));
  // `mount` is another process, but this one becomes the agent.
  for (const [source, target] of binds) mount("--bind", source, target.replace(/^\/proc\/self\//, `/proc/${process.pid}/`));
  for (const [device, target] of mounts) mount(device, target);
}
// Node ignores signals that the agent would hand on to its children.
const [program, ...words] = ["/usr/bin/env", "--default-signal", "setpriv", "--bounding-set=-sys_time,-sys_boot", "--", file, ...args];
process.execve?.(program, [program, ...words], process.env);
