/** The threads on which what can wait is done: file calls, freezing, native calls off the loop. */

import { setForThisProcess } from "../os/environment.ts";

/** libuv's four are soon used up by calls that hang on a dead server. A thread that has nothing to do costs 20 KB. */
const THREADS = "16";

/** To be called before anything is done on a thread; libuv reads the size once. */
export function widenThreadPool(): void {
  setForThisProcess("UV_THREADPOOL_SIZE", THREADS);
}
