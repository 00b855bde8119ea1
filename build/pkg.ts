/** pkg's function for a single executable application; its command line drops most of what the configuration says. */
import { createRequire } from "node:module";
import { promisify } from "node:util";

export interface SeaOptions {
  readonly targets: readonly { nodeRange: string; platform: string; arch: string; output: string }[];
  readonly signature: boolean;
  /** As Node documents it for single executable applications. */
  readonly seaConfig: Readonly<Record<string, unknown>>;
}

export type Sea = (entry: string, options: SeaOptions) => Promise<void>;

/**
 * @param maker the Node that makes what goes into the executable, which pkg would choose itself.
 * @param flags for that Node. pkg can't be told any, so it is given an `execFile` that adds them: without `--predictable` the code cache
 * comes out differently each time.
 */
export function loadSea(maker: string, flags: readonly string[]): Sea {
  const require = createRequire(import.meta.url);
  const childProcess: typeof import("node:child_process") = require("node:child_process");
  const { execFile } = childProcess;
  const run = promisify(execFile);
  const withFlags = (program: string, args: readonly string[]) =>
    args[0] === "--experimental-sea-config" ? run(maker, [...flags, ...args]) : run(program, args);
  childProcess.execFile = Object.assign(execFile.bind(undefined), { [promisify.custom]: withFlags }) as typeof execFile;
  const module = require.resolve("@yao-pkg/pkg/lib-es5/sea");
  // one that was loaded for another target holds on to that target's Node, whose programs another release's may not read
  delete require.cache[module];
  try {
    return require(module).default;
  } finally {
    childProcess.execFile = execFile;
  }
}
