/**
 * The guard: this program, started by the agent before it freezes anything. It has opened every file system, holds the other end of a
 * pipe from the agent, and sleeps. If the pipe ends without the word that all is thawed, the agent was killed: the guard thaws.
 * Until then it touches no disk: its pages are locked in memory, what it needs is open.
 */
import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileSystemPath, GuardOrders, OpenFileSystem } from "../os/freezer.ts";
import { ARMED, DISARM, THAWED } from "../os/linux/freeze-guard.ts";
import { LinuxFreezer } from "../os/linux/freezer.ts";
import { signalAtParentsDeath } from "../os/linux/libc.ts";
import { widenThreadPool } from "./thread-pool.ts";

interface Orders extends GuardOrders {
  /** Process id of the agent. */
  readonly agent: number;
}

/** Without orders by then the agent is gone, or was never there. */
const ORDERS_MS = 10_000;

/** How long the thaw of one file system is waited for before the next: one that still freezes keeps its thaw waiting. */
const PATIENCE_MS = 250;

/** @returns the exit status: 0 if there was nothing to do, `THAWED` if it has thawed. */
export async function guardFreeze(): Promise<number> {
  survive();
  widenThreadPool();
  const input = new Input();
  const orders = JSON.parse(await input.line(ORDERS_MS)) as Orders;
  const freezer = new LinuxFreezer();
  const fileSystems = await openEach(freezer, orders.fileSystems);
  // What a thaw needs is loaded by doing it: on what can't be frozen, for a thaw would undo somebody else's freeze.
  const nothing = await freezer.open({ mountPoint: "/proc" });
  await nothing.thaw().catch(() => undefined);
  nothing.close();
  freezer.stayInMemory();

  const reason = watch(input, orders);
  writeSync(1, ARMED);
  const why = await reason;
  if (why === undefined) return 0;
  // The way back: what froze last lies under nothing else.
  const thaws = new Thaws(fileSystems.toReversed());
  await thaws.begin();
  leaveNote(orders, why, thaws.done);
  // A freeze that was under way keeps its thread, and with it the pipe, until the kernel is done with it: only then can it be thawed.
  await input.line().catch(() => undefined);
  const before = thaws.done.length;
  await thaws.finish();
  if (thaws.done.length > before) leaveNote(orders, why, thaws.done);
  return THAWED;
}

/** @returns why to thaw, or undefined when the agent says that it has. */
function watch(input: Input, { agent, withinMs }: Orders): Promise<string | undefined> {
  return new Promise((resolve) => {
    const killed = () => resolve("the agent was killed");
    input.line().then((line) => (line === DISARM.trim() ? resolve(undefined) : killed()), killed);
    // The pipe stays open while one of the agent's threads still hangs in a freeze; its first thread is gone at once.
    process.on("SIGUSR2", killed);
    signalAtParentsDeath(constants.signals.SIGUSR2);
    if (process.ppid !== agent) killed();
    // A service manager that ends a killed agent's service signals its last process first.
    process.on("SIGTERM", () => {
      if (process.ppid !== agent) killed();
    });
    process.on("SIGINT", () => undefined);
    process.on("SIGHUP", () => undefined);
    if (withinMs !== undefined) setTimeout(() => resolve("the lease was over, and the agent did nothing"), withinMs).unref();
  });
}

async function openEach(freezer: LinuxFreezer, paths: readonly FileSystemPath[]): Promise<OpenFileSystem[]> {
  const opened: OpenFileSystem[] = [];
  for (const path of paths) {
    try {
      opened.push(await freezer.open(path));
    } catch {
      // The agent has it open, or leaves it out: it says so itself.
    }
  }
  return opened;
}

/** Thaws, each going on for as long as it takes. */
class Thaws {
  readonly #fileSystems: readonly OpenFileSystem[];
  readonly #underWay: Promise<void>[] = [];
  /** Mount points of what was frozen and is thawed. */
  readonly done: string[] = [];

  constructor(fileSystems: readonly OpenFileSystem[]) {
    this.#fileSystems = fileSystems;
  }

  async begin(): Promise<void> {
    for (const fileSystem of this.#fileSystems) {
      const work = this.#thaw(fileSystem);
      this.#underWay.push(work);
      await Promise.race([work, sleep(PATIENCE_MS, undefined, { ref: false })]);
    }
  }

  /** Once nobody freezes any more: what had not been frozen yet may be by now. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay);
    const rest = this.#fileSystems.filter(({ mountPoint }) => !this.done.includes(mountPoint));
    await Promise.all(rest.map((fileSystem) => this.#thaw(fileSystem)));
  }

  /** Kernels have counted freezes: each needs its thaw. It ends with the error that nothing is frozen. */
  async #thaw(fileSystem: OpenFileSystem): Promise<void> {
    const { mountPoint } = fileSystem;
    try {
      for (;;) {
        await fileSystem.thaw();
        if (!this.done.includes(mountPoint)) this.done.push(mountPoint);
      }
    } catch {
      // Nothing, or nothing more, to thaw.
    }
  }
}

/** For the next start, which tells the admin. */
function leaveNote({ mark, note }: Orders, why: string, thawed: readonly string[]): void {
  try {
    const text = `${new Date().toISOString()} ${why} while file systems were frozen; thawed: ${thawed.join(", ") || "none"}\n`;
    // Whole or not at all: the next agent may start at this moment.
    const beside = `${note}.new`;
    rmSync(beside, { force: true });
    writeFileSync(beside, text, { mode: 0o600, flag: "wx" });
    renameSync(beside, note);
    rmSync(mark, { force: true });
  } catch {
    // Nobody is left who could be told.
  }
}

/** The last to go when memory is short, and not in the agent's group, which a service manager ends as a whole. */
function survive(): void {
  const groups = ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"];
  const texts = new Map(groups.map((folder) => [`${folder}/cgroup.procs`, String(process.pid)]));
  for (const [path, text] of texts.set("/proc/self/oom_score_adj", "-1000")) {
    try {
      const fd = openSync(path, "r+"); // which makes no file where there is none
      try {
        writeSync(fd, text);
      } finally {
        closeSync(fd);
      }
    } catch {
      // Without the right to, it is as likely to go as the agent.
    }
  }
}

/** Lines of standard input. */
class Input {
  #text = "";
  #ended = false;
  #wake: () => void = () => undefined;

  constructor() {
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", (text) => {
      this.#text += text;
      this.#wake();
    });
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    process.stdin.once("end", end).once("error", end);
  }

  /** @throws Error at the end of the input, or if there is no line in time. */
  async line(withinMs?: number): Promise<string> {
    let late = false;
    const timer =
      withinMs === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            this.#wake();
          }, withinMs);
    try {
      for (;;) {
        const end = this.#text.indexOf("\n");
        if (end >= 0) {
          const line = this.#text.slice(0, end);
          this.#text = this.#text.slice(end + 1);
          return line;
        }
        if (this.#ended || late) throw new Error("there are no orders");
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
