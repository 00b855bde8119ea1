/** Learns of children's ends: SIGCHLD says that there are some, waitpid which. Those that Node started itself are left to Node. */
import { declared, type NativeFunction } from "./library.ts";

const c = declared<{ waitpid: NativeFunction<[pid: number, status: number[], options: number], number> }>((library) => ({
  waitpid: library.func("int waitpid(int, _Out_ int *, int)"),
}));

const WNOHANG = 1;

export interface End {
  /** Exit status, or undefined if a signal ended the process. */
  readonly status: number | undefined;
  /** The signal's number. */
  readonly signal: number | undefined;
}

export class ChildEnds {
  readonly #waiting = new Map<number, (end: End) => void>();
  #listening = false;

  /** To be called before a child is started, so that the kernel keeps its end for us. */
  listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    process.on("SIGCHLD", () => {
      for (const pid of [...this.#waiting.keys()]) this.#look(pid);
    });
  }

  /** Resolves when this child has ended; its pid may then be used again. To be called once for each, right after its start. */
  async of(pid: number): Promise<End> {
    return new Promise((resolve) => {
      this.#waiting.set(pid, resolve);
      this.#look(pid);
    });
  }

  #look(pid: number): void {
    const status = [0];
    const found = c().waitpid(pid, status, WNOHANG);
    if (found === 0) return;
    const resolve = this.#waiting.get(pid);
    this.#waiting.delete(pid);
    resolve?.(found === pid ? decoded(status[0] ?? 0) : { status: undefined, signal: undefined });
  }
}

function decoded(status: number): End {
  const signal = status & 0x7f;
  return signal === 0 ? { status: (status >> 8) & 0xff, signal: undefined } : { status: undefined, signal };
}
