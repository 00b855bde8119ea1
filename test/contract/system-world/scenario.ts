/**
 * Runs the commands of time, system, cpu, memory and network on their real ports, in a world of our own: a mount and UTS namespace in which
 * a folder lies over each place that they look at. `unshare --mount --uts --propagation private node scenario.ts FOLDER` prints what
 * was answered, as JSON. It changes nothing outside of FOLDER; it refuses to run where it could.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LinuxFiles } from "../../../core/os/linux/files.ts";
import { LinuxSystemInformation } from "../../../core/os/linux/system-information.ts";
import type { AnyPlugin } from "../../../core/plugin.ts";
import cpu from "../../../plugins/cpu/index.ts";
import memory from "../../../plugins/memory/index.ts";
import network from "../../../plugins/network/index.ts";
import system from "../../../plugins/system/index.ts";
import { commandsOf } from "../../unit/run-command.ts";
import { timeZoneFile } from "./time-zone-file.ts";

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("scenario needs a folder");
for (const namespace of ["mnt", "uts"]) {
  const own = readlinkSync(`/proc/self/ns/${namespace}`);
  if (own === readlinkSync(`/proc/${process.ppid}/ns/${namespace}`)) throw new Error(`scenario needs a ${namespace} namespace of its own`);
}

const CPU = "/sys/devices/system/cpu";
const MEMORY = "/sys/devices/system/memory";

function put(path: string, text: string): void {
  const file = join(folder ?? "", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, "latin1");
}

/** Lays what is in the folder over a place of the system. */
function cover(path: string, place: string): void {
  execFileSync("mount", ["--bind", join(folder ?? "", path), place]);
}

put("cpu/cpu0/topology/core_id", "0\n");
put("cpu/cpu1/online", "1\n");
put("cpu/cpu10/online", "0\n");
for (const [index, state] of ["online\n", "offline\n", "online\n"].entries()) {
  put(`memory/memory${index}/state`, state);
  put(`memory/memory${index}/removable`, index === 0 ? "0\n" : "1\n");
}
put("memory/block_size_bytes", "8000000\n");
put("stat", "cpu  1 2 3 4 5 6 7 8 9 10\ncpu1 1 2 3 4 5 6 7 8 9 10\nintr 5\n");
put(
  "net/route",
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\neth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n",
);
put("etc/os-release", "ID=first\n");
put("etc/localtime", timeZoneFile("AAA", 3600));
cover("cpu", CPU);
cover("memory", MEMORY);
cover("stat", "/proc/stat");
// The whole folder: the kernel looks files of /proc/net up anew each time, and forgets what was mounted over one.
cover("net", `/proc/${process.pid}/net`);
cover("etc", "/etc");

const files = new LinuxFiles();
const ports = { files, system: new LinuxSystemInformation(), interfaces: { list: async () => [] } };
const run = (plugin: AnyPlugin, name: string, args = {}) => commandsOf(plugin, ports)(name, args);
const text = (path: string) => readFileSync(path, "utf8");

const results: Record<string, unknown> = {};
results.vcpus = await run(cpu, "guest-get-vcpus");
const wanted = [
  { "logical-id": 1, online: false },
  { "logical-id": 10, online: true },
  { "logical-id": 0, online: false },
];
results.setVcpus = await run(cpu, "guest-set-vcpus", { vcpus: wanted });
results.switches = [text(`${CPU}/cpu1/online`), text(`${CPU}/cpu10/online`)];
results.cpuTimes = await run(cpu, "guest-get-cpustats");

results.blocks = await run(memory, "guest-get-memory-blocks");
results.setBlocks = await run(memory, "guest-set-memory-blocks", {
  "mem-blks": [
    { "phys-index": 1, online: true },
    { "phys-index": 2, online: false },
    { "phys-index": 2n ** 64n - 1n, online: true },
  ],
});
results.states = [0, 1, 2].map((index) => text(`${MEMORY}/memory${index}/state`));
results.blockSize = await run(memory, "guest-get-memory-block-info");
execFileSync("mount", ["-o", "remount,bind,ro", MEMORY]);
results.readOnly = await run(memory, "guest-set-memory-blocks", { "mem-blks": [{ "phys-index": 0, online: false }] });

results.routes = await run(network, "guest-network-get-route");

const id = async () => ((await run(system, "guest-get-osinfo")) as { id?: string }).id;
results.os = [await id()];
rmSync("/etc/os-release");
symlinkSync("os-release.new", "/etc/os-release");
put("etc/os-release.new", "ID='second'\n");
results.os = [results.os, await id()].flat();

const zone = () => run(system, "guest-get-timezone");
const zones = [await zone()];
put("etc/localtime.new", timeZoneFile("BBB", -12600));
renameSync("/etc/localtime.new", "/etc/localtime"); // as timedatectl does
zones.push(await zone());
rmSync("/etc/localtime");
zones.push(await zone());
results.zones = zones;

writeFileSync("/proc/sys/kernel/hostname", "lodger-before");
const names = [await run(system, "guest-get-host-name")];
writeFileSync("/proc/sys/kernel/hostname", "lodger-after");
names.push(await run(system, "guest-get-host-name"));
results.names = names;

console.log(JSON.stringify(results, (_, value) => (typeof value === "bigint" ? `${value}n` : value)));
