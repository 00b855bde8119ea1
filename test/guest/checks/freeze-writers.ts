import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { until } from "../deadline.ts";
import type { Machine } from "../machine.ts";

/** A file that someone writes to, a line after the other. */
export interface WrittenFile {
  readonly name: string;
  readonly file: string;
}

export const disks: readonly WrittenFile[] = [
  { name: "root", file: "/var/lib/frozen-writer" },
  { name: "ext4", file: "/mnt/ext4/frozen-writer" },
  { name: "xfs", file: "/mnt/xfs/frozen-writer" },
];

/** In memory, which never freezes. */
const folder = "/run/writers";

/** For after a test, whatever became of it. */
export const endWriters = `kill $(cat ${folder}/*.pid); rm -rf ${folder}`;

/** A writer on each of some file systems. Each notes in memory how far it has come. */
export class Writers {
  private readonly machine: Machine;
  private readonly files: readonly WrittenFile[];

  private constructor(machine: Machine, files: readonly WrittenFile[]) {
    this.machine = machine;
    this.files = files;
  }

  static async start(machine: Machine, files: readonly WrittenFile[] = disks): Promise<Writers> {
    const { shell } = machine;
    const start = files.map(({ name, file }) => {
      // waits without a process of its own: each one costs, where every instruction is emulated
      const body = `echo $i >>${file}; echo $i >${folder}/${name}.count; read -rt 0.02 -u 3`;
      const loop = `exec 3<>${folder}/never; for ((i = 1; ; i++)); do ${body}; done`;
      return `rm -f ${file}; setsid bash -c '${loop}' >/dev/null 2>&1 & echo $! >${folder}/${name}.pid`;
    });
    await shell.out([`rm -rf ${folder}; mkdir ${folder}; mkfifo ${folder}/never`, ...start].join("\n"));
    const writers = new Writers(machine, files);
    await until(20_000, "the writers to write", async () => ((await writers.counts()).every((count) => count > 3) ? true : undefined));
    return writers;
  }

  async counts(): Promise<number[]> {
    return (await this.each((name) => `echo 0$(cat ${folder}/${name}.count)`)).map(Number);
  }

  /** The kernel's word for each writer: D is a sleep that nothing but the awaited event ends. */
  async states(): Promise<string[]> {
    return await this.each((name) => `cut -d' ' -f3 /proc/$(cat ${folder}/${name}.pid)/stat`);
  }

  private async each(command: (name: string) => string): Promise<string[]> {
    return (await this.machine.shell.out(this.files.map(({ name }) => command(name)).join(";"))).split("\n");
  }

  /** @returns how many lines each has written. */
  async expectBlocked(): Promise<number[]> {
    await until(10_000, "all writers to block", async () => {
      return (await this.states()).every((state) => state === "D") ? true : undefined;
    }).catch(async (error: Error) => {
      throw new Error(`${error.message}: ${this.files.map(({ name }) => name)} are ${await this.states()}`);
    });
    const before = await this.counts();
    await sleep(1000);
    expect(await this.counts()).toEqual(before);
    expect(await this.states()).toEqual(this.files.map(() => "D"));
    return before;
  }

  async expectGoingOn(before: readonly number[]): Promise<void> {
    await until(20_000, "all writers to go on", async () => {
      const now = await this.counts();
      return now.every((count, index) => count > (before[index] ?? 0) + 3) ? true : undefined;
    });
  }

  /**
   * For blocked writers: runs a command line in the guest that is to end that.
   * @returns how many milliseconds it took from the command's start until all had written again, by the guest's clock.
   */
  async goOnAfter(command: string, seconds = 30): Promise<number> {
    const script = [
      `cd ${folder}; declare -A before`,
      `for file in *.count; do read -r before[$file] <$file; done`,
      `start=\${EPOCHREALTIME/./}`,
      command,
      `for file in *.count; do until read -r now <$file && [ "$now" -gt "\${before[$file]}" ]; do read -rt 0.01 <>never; done; done`,
      `echo; echo $(((\${EPOCHREALTIME/./} - start) / 1000))`,
    ];
    return Number((await this.machine.shell.out(script.join("\n"), seconds)).split("\n").at(-1));
  }

  /** Ends the writers and compares what they wrote: every number once, in order, whatever froze in between. */
  async finish(): Promise<number[]> {
    const commands = this.files.map(({ name, file }) => {
      const pid = `$(cat ${folder}/${name}.pid)`;
      const difference = `diff <(seq $lines) ${file} | sed "s|^|${name}: |" >&2`;
      return `kill ${pid}; while [ -e /proc/${pid} ]; do sleep 0.05; done; lines=$(wc -l <${file}); echo $lines; ${difference}`;
    });
    const { stdout, stderr } = await this.machine.shell.run(commands.join("\n"), 60);
    expect(stderr.split("\n").slice(0, 10).join("\n"), "what is not as it was written").toBe("");
    const lines = stdout.trim().split("\n").map(Number);
    expect(lines.length).toBe(this.files.length);
    expect(Math.min(...lines)).toBeGreaterThan(5);
    return lines;
  }
}
