/** The agent's end of the guard: starts it, gives it its orders, and tells it when there is nothing left to do. */
import type { ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ownCommand } from "../../process/self.ts";
import type { ArmedGuard, FreezeGuard, GuardOrders } from "../freezer.ts";

/** The hidden first argument by which the program knows that it is a guard. */
export const GUARD_COMMAND = "freeze-guard";
/** What the guard says when it would act. */
export const ARMED = "armed\n";
/** What it is told when it need not. Anything else, and above all the end of its input, means: thaw. */
export const DISARM = "disarm\n";

/** Its exit status when it has thawed. */
export const THAWED = 3;

/** A guard starts in a twentieth of a second; this is for a machine that is short of everything. */
const START_MS = 30_000;
/** And this for its end. */
const END_MS = 5000;

export class LinuxFreezeGuard implements FreezeGuard {
  readonly #command: readonly string[] | undefined;

  /** @param command an argument vector; this program's own without it. */
  constructor(command?: readonly string[]) {
    this.#command = command;
  }

  async arm(orders: GuardOrders): Promise<ArmedGuard> {
    const { spawn } = await import("node:child_process");
    const [program = "", ...args] = this.#command ?? ownCommand(GUARD_COMMAND);
    // In a session of its own, and without anything of the agent's but the two pipes: what happens to the agent must not happen to it.
    const child = spawn(program, args, { detached: true, stdio: ["pipe", "pipe", "ignore"], cwd: "/", env: {} });
    let over: string | undefined;
    const ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (status, signal) => resolve(signal === null ? textOf(status) : `it ended with ${signal}`));
    }).then((text) => {
      over = text;
      return text;
    });
    const { stdin, stdout } = child as Partial<typeof child>;
    // Without a descriptor or a process to spare there is not even a pipe.
    if (stdin === undefined || stdout === undefined) throw notStarted(await ended);
    stdin.on("error", () => {}); // a guard that has ended needs no orders
    stdin.write(`${JSON.stringify({ ...orders, agent: process.pid })}\n`);
    const failure = await Promise.race([armed(stdout, ended), late()]);
    if (failure !== undefined) {
      child.kill("SIGKILL");
      throw notStarted(failure);
    }
    unref(child, stdin, stdout);
    return {
      async disarm() {
        child.ref(); // hooks are still to run, also if the agent's channel is gone by now
        stdin.end(DISARM);
        const text = over ?? (await Promise.race([ended, sleep(END_MS, undefined, { ref: false })]));
        if (text === textOf(0)) return undefined;
        if (text === textOf(THAWED)) return text;
        return text === undefined ? "the guard did not end when it was told to" : `the guard was gone before the thaw: ${text}`;
      },
    };
  }
}

function textOf(status: number | null): string {
  return status === THAWED ? "the guard thawed in the agent's place" : `it ended with status ${status}`;
}

function notStarted(reason: string): Error {
  return new Error(`the guard that thaws if the agent is killed can't be started: ${reason}`);
}

/** @returns undefined when it is, or why it is not. */
async function armed(stdout: Readable, ended: Promise<string>): Promise<string | undefined> {
  let said = "";
  stdout.setEncoding("utf8");
  try {
    for await (const text of stdout.iterator({ destroyOnReturn: false })) {
      said += text;
      if (said === ARMED) return undefined;
    }
  } catch {
    // It was never started: `ended` says why.
  }
  return said === "" ? ended : `it said '${said.trim()}'`;
}

async function late(): Promise<string> {
  await sleep(START_MS, undefined, { ref: false });
  return `it doesn't answer within ${START_MS} ms`;
}

/** The agent's end doesn't wait for the guard: it is the guard that waits for the agent's. */
function unref(child: ChildProcess, ...pipes: readonly (Readable | Writable)[]): void {
  child.unref();
  for (const pipe of pipes) (pipe as { unref?: () => void }).unref?.();
}
