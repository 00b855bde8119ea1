/** Node's calls with a callback, as promises: its own promises cost more than the small reads and writes that they would stand for. */
import { osError } from "./errno.ts";

type Callback<T> = (error: NodeJS.ErrnoException | null, result: T) => void;

/**
 * Makes a promise of one of Node's calls, which is begun again when a signal interrupts it.
 * @param call what an error names as its call, where Node doesn't say.
 */
export function repeated<T>(call: string, begin: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const done: Callback<T> = (error, result) => {
      if (error === null || error === undefined) resolve(result);
      else if (error.code === "EINTR") again();
      else reject(osError(error, error.syscall ?? call));
    };
    const again = () => {
      try {
        begin(done);
      } catch (error) {
        reject(osError(error, call)); // Node looks at its arguments before it calls anything
      }
    };
    again();
  });
}

/** Never repeated: after EINTR the descriptor is closed on Linux, and its number perhaps somebody else's. */
export function closeOnce(begin: (done: (error?: NodeJS.ErrnoException | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    begin((error) => {
      if (error === null || error === undefined || error.code === "EINTR") resolve();
      else reject(osError(error, "close"));
    });
  });
}
