/** A control group with a limit of memory, of either version. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";

const FIRST = {
  root: "/sys/fs/cgroup/memory",
  limit: "memory.limit_in_bytes",
  usage: "memory.usage_in_bytes",
  kills: "memory.oom_control",
};
const SECOND = { root: "/sys/fs/cgroup", limit: "memory.max", usage: "memory.current", kills: "memory.events" };

let groups = 0;

export class MemoryGroup {
  readonly #folder: string;
  readonly #kind: typeof FIRST;

  /** @throws Error where no group can be made. */
  constructor() {
    const isFirst = existsSync(`${FIRST.root}/${FIRST.limit}`);
    this.#kind = isFirst ? FIRST : SECOND;
    if (!isFirst) writeFileSync(`${SECOND.root}/cgroup.subtree_control`, "+memory");
    this.#folder = `${this.#kind.root}/lodger-test-${process.pid}-${++groups}`;
    mkdirSync(this.#folder);
    if (!existsSync(`${this.#folder}/${this.#kind.limit}`)) throw new Error("there is no controller of memory");
  }

  /** What starts a program in the group. */
  get starter(): readonly string[] {
    return ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', this.#folder];
  }

  get usage(): number {
    return Number(this.#read(this.#kind.usage));
  }

  /** How many processes were ended for want of memory. */
  get kills(): number {
    return Number(/^oom_kill (\d+)$/m.exec(this.#read(this.#kind.kills))?.[1]);
  }

  set limit(bytes: number) {
    writeFileSync(`${this.#folder}/${this.#kind.limit}`, String(bytes));
  }

  /** Once nothing runs in it any more. */
  remove(): void {
    rmdirSync(this.#folder);
  }

  #read(name: string): string {
    return readFileSync(`${this.#folder}/${name}`, "latin1");
  }
}
