/** Which processes there are that matter to an agent, from /proc. */
import { posix } from "node:path";
import { parseCommandLine } from "../config/command-line.ts";
import type { Subject } from "./check.ts";
import { Denied, type Machine } from "./machine.ts";

export interface Process {
  readonly pid: number;
  /** The program's name, without its folder. */
  readonly program: string;
  /** Behind its name. */
  readonly args: readonly string[];
}

/** Agents of lodger's, without this program and others that were started with a word in front of the options. */
export function agents(machine: Machine): Process[] {
  return processes(machine).flatMap(({ pid, argv }) => {
    const [first = "", second = "", third = ""] = argv;
    const isBundle = /^(node|bun|deno)/.test(posix.basename(first)) && /^lodger.*\.c?js$/.test(posix.basename(second));
    const program = posix.basename(isBundle ? second : first);
    const word = isBundle ? third : second;
    return pid !== machine.pid && program.startsWith("lodger") && !/^[a-z]/.test(word)
      ? [{ pid, program, args: argv.slice(isBundle ? 2 : 1) }]
      : [];
  });
}

/** Those among them that serve this path, as far as their command lines tell. */
export function agentsAt({ machine, settings }: Pick<Subject, "machine" | "settings">): Process[] {
  return agents(machine).filter((each) => mayServe(each, settings.path));
}

/** Whether an agent serves this path: it was started with it, or with none, and then its configuration names one. */
export function mayServe({ program, args }: Process, path: string): boolean {
  const named = parseCommandLine(program, args).given.findLast(({ option }) => option.name === "path")?.value;
  return named === undefined || named === path;
}

/** qemu-ga's processes. */
export function referenceAgents(machine: Machine): Process[] {
  return processes(machine).flatMap(({ pid, argv }) =>
    posix.basename(argv[0] ?? "") === "qemu-ga" ? [{ pid, program: "qemu-ga", args: argv.slice(1) }] : [],
  );
}

function processes(machine: Machine): { pid: number; argv: string[] }[] {
  return pids(machine).flatMap((pid) => {
    const text = machine.read(`/proc/${pid}/cmdline`);
    return text ? [{ pid, argv: text.split("\0").slice(0, -1) }] : [];
  });
}

function pids(machine: Machine): number[] {
  return machine.list("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** Who has a device open. @returns also how many processes could not be looked into. */
export function holders(machine: Machine, device: string): { readonly found: readonly Process[]; readonly hidden: number } {
  const found: Process[] = [];
  let hidden = 0;
  for (const pid of pids(machine)) {
    try {
      const folder = `/proc/${pid}/fd`;
      if (machine.list(folder).some((fd) => machine.link(`${folder}/${fd}`) === device)) {
        const [argv0 = "", ...args] = machine.read(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
        found.push(agents(machine).find((each) => each.pid === pid) ?? { pid, program: posix.basename(argv0), args });
      }
    } catch (error) {
      if (!(error instanceof Denied)) throw error;
      hidden++;
    }
  }
  return { found, hidden };
}

/** A line of /proc/PID/status. */
export function statusOf(machine: Machine, pid: number, name: string): string | undefined {
  const line = machine.read(`/proc/${pid}/status`)?.match(new RegExp(`^${name}:\\s*(.*)$`, "m"));
  return line?.[1];
}

/** The systemd unit that a process belongs to. */
export function unitOf(machine: Machine, pid: number): string | undefined {
  return /([^/\n]+\.service)/.exec(machine.read(`/proc/${pid}/cgroup`) ?? "")?.[1];
}
