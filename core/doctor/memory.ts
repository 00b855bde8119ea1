/** Whether the agent has the memory and the descriptors that it may need. */
import { posix } from "node:path";
import { type Check, type Finding, ok, warning } from "./check.ts";
import type { Machine } from "./machine.ts";
import { agentsAt, statusOf } from "./processes.ts";

const MIB = 1024 * 1024;
const KIB = 1024;
/** The largest read takes 48 MiB, and as much again on its way. */
const NEEDED_BYTES = 256 * MIB;
const SCARCE_BYTES = 64 * MIB;
const MUCH_BYTES = 512 * MIB;
const DESCRIPTORS = 1024;

export const memoryCheck: Check = {
  name: "memory",
  on: ["linux"],
  look: ({ machine, settings }) => {
    const found: Finding[] = [];
    const available =
      Number(/^MemAvailable:\s+(\d+) kB$/m.exec(machine.read("/proc/meminfo") ?? "")?.[1] ?? Number.POSITIVE_INFINITY) * KIB;
    if (available < SCARCE_BYTES)
      found.push(warning(`the machine has ${mib(available)} left`, "give it more memory, or end what takes it"));
    for (const { pid } of agentsAt({ machine, settings })) found.push(...ofAgent(machine, pid));
    return found.length > 0
      ? found
      : [ok(Number.isFinite(available) ? `the machine has ${mib(available)} left` : "no limits are in the way")];
  },
};

function ofAgent(machine: Machine, pid: number): Finding[] {
  const found: Finding[] = [];
  const resident = Number(/^(\d+) kB$/.exec(statusOf(machine, pid, "VmRSS") ?? "")?.[1] ?? 0) * KIB;
  if (resident > MUCH_BYTES)
    found.push(
      warning(
        `the agent (process ${pid}) has ${mib(resident)}`,
        "'lodger stats' says what for; a plugin may hold it. 'systemctl restart lodger' frees it",
      ),
    );
  const descriptors = /^Max open files\s+(\d+)/m.exec(machine.read(`/proc/${pid}/limits`) ?? "")?.[1];
  if (descriptors !== undefined && Number(descriptors) < DESCRIPTORS)
    found.push(
      warning(
        `the agent may open ${descriptors} files at once`,
        `set LimitNOFILE=${DESCRIPTORS} or more in its service: it keeps up to 512 open for the host`,
      ),
    );
  return [...found, ...limits(machine, pid)];
}

/** Of its group, and of those above. */
function limits(machine: Machine, pid: number): Finding[] {
  const group = /^0::(\/.*)$/m.exec(machine.read(`/proc/${pid}/cgroup`) ?? "")?.[1];
  const found: Finding[] = [];
  for (let at = group; at !== undefined && at !== "/"; at = posix.dirname(at)) {
    const limit = Number(machine.read(`/sys/fs/cgroup${at}/memory.max`) ?? Number.NaN);
    if (limit < NEEDED_BYTES)
      found.push(
        warning(
          `${at} may take ${mib(limit)} of memory`,
          "set MemoryMax to 256M or more: one read of a file may take 48 MiB and as much again on its way",
        ),
      );
    const killed = Number(/^oom_kill (\d+)$/m.exec(machine.read(`/sys/fs/cgroup${at}/memory.events`) ?? "")?.[1] ?? 0);
    if (killed > 0 && at === group)
      found.push(
        warning(
          `${killed} processes of ${at} were killed for want of memory`,
          "set MemoryMax higher, or look what guest-exec has started: 'journalctl -k -g oom'",
        ),
      );
  }
  return found;
}

const mib = (bytes: number): string => `${Math.floor(bytes / MIB)} MiB`;
