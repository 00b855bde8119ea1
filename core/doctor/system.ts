/** Whether kernel and C library are new enough for the executable. */
import { type Check, ok, problem, warning } from "./check.ts";

/** What the executable's header asks for, and what Node's documents do. */
const KERNEL_NEEDED = [3, 2] as const;
const KERNEL_MEANT = [4, 18] as const;
const GLIBC_NEEDED = [2, 28] as const;

export const systemCheck: Check = {
  name: "system",
  on: ["linux"],
  look: ({ machine }) => {
    const kernel = machine.read("/proc/sys/kernel/osrelease")?.trim() ?? "unknown";
    const glibc = machine.glibc();
    const shown = `Linux ${kernel}${glibc === undefined ? "" : `, glibc ${glibc}`}`;
    if (isOlder(kernel, KERNEL_NEEDED)) return [problem(shown, "the executable needs Linux 3.2 or later: upgrade the system")];
    if (glibc !== undefined && isOlder(glibc, GLIBC_NEEDED))
      return [problem(shown, "the executable needs glibc 2.28 or later; lodger-linux-x64-musl brings none")];
    if (isOlder(kernel, KERNEL_MEANT))
      return [warning(shown, "the runtime is meant for Linux 4.18 or later, and nobody tries it on older ones: upgrade the kernel")];
    return [ok(shown)];
  },
};

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, first, second] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (first === undefined) return false;
  return Number(first) < major || (Number(first) === major && Number(second) < minor);
}
