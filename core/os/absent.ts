/** Stand-ins for ports that a system lacks. */
import { OsError } from "./ports.ts";

/** @returns what fails in every call, with the reason as its text. */
export function absent<T extends object>(reason: string): T {
  return new Proxy({} as T, {
    get: (_, name) => {
      // Who asks whether it is a promise, and who shows it, is no caller.
      if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
      return () => {
        throw new OsError("ENOSYS", 0, reason, name);
      };
    },
  });
}
