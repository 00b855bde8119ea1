/** Ports of the operating system that fail when they are told to: the n-th call of any of them, with any errno. */
import { constants } from "node:os";
import { osError } from "../../../core/os/linux/errno.ts";

export type Errno = keyof typeof constants.errno;

/** The methods of the ports that answer at once, and so throw at once. All others give promises. */
const AT_ONCE: ReadonlySet<string> = new Set([
  "files.exists",
  "clock.now",
  "clock.set",
  "freezer.stayInMemory",
  "system.hostName",
  "system.kernel",
  "system.load",
  "system.timeZone",
  "system.ticksPerSecond",
  "file system.close",
]);
/** These can't fail: they have no error to tell. */
const SURE: ReadonlySet<string> = new Set([
  "files.exists",
  "freezer.stayInMemory",
  "file system.close",
  "processes.isExecutable",
  "armed guard.disarm",
]);

export class Injector {
  /** Calls since `arm`, as "PORT.METHOD". */
  readonly calls: string[] = [];
  /** Descriptors that were opened and not closed. */
  readonly open = new Set<number>();
  #fails: { readonly nth: number; readonly errno: number } | undefined;

  /** @param nth the call that fails, from 1; 0 for none. @param code the errno's name. */
  arm(nth: number, code: Errno): void {
    this.calls.length = 0;
    this.#fails = { nth, errno: constants.errno[code] };
  }

  disarm(): void {
    this.#fails = undefined;
  }

  /** @returns the port, every method of which can fail. */
  wrap<T extends object>(name: string, port: T): T {
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== "function" || typeof key !== "string") return member;
        const call = `${name}.${key}`;
        return (...args: unknown[]): unknown => {
          const failure = this.#failure(call);
          // After close(2) the descriptor is gone, whatever it says.
          if (failure !== undefined && key !== "close") {
            if (AT_ONCE.has(call)) throw failure;
            return Promise.reject(failure);
          }
          const result: unknown = Reflect.apply(member, target, args);
          if (!(result instanceof Promise)) return result;
          return result.then((value: unknown) => {
            if (name === "files" && key === "close") this.open.delete(Number(args[0]));
            if (failure !== undefined) throw failure;
            return this.#given(name, key, value);
          });
        };
      },
    });
  }

  /** Opened things have calls of their own. */
  #given(name: string, key: string, value: unknown): unknown {
    if (name === "files" && key.startsWith("open")) this.open.add(Number(value));
    if (name === "freezer" && key === "open") return this.wrap("file system", value as object);
    if (name === "guard" && key === "arm") return this.wrap("armed guard", value as object);
    return value;
  }

  #failure(call: string): Error | undefined {
    if (this.#fails === undefined || SURE.has(call)) return undefined;
    this.calls.push(call);
    return this.calls.length === this.#fails.nth ? osError(this.#fails.errno, call) : undefined;
  }
}
