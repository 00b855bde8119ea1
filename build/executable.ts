/** The bundle and Node in one file, as a single executable application. */
import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cache, dist, root } from "./paths.ts";
import { lockedVersion, verifyPins } from "./pins.ts";
import { loadSea } from "./pkg.ts";
import { strippedRuntime } from "./runtime.ts";
import type { Target } from "./targets.ts";

/**
 * Baked in. A flag that V8 counts among those that shape its code (--lite-mode, --single-threaded, --no-short-builtin-calls, ...) makes
 * it refuse the code caches of Node's own modules, which costs 8 ms at start: none of these does.
 */
const FLAGS: readonly string[] = [
  "--max-semi-space-size=1", // garbage of a busy time is 1 MB, not 16
  "--single-threaded-gc", // with so small a space, threads of the collector's cost more time than they save
  "--v8-pool-size=1", // one thread beside the main one instead of four
  "--disable-sigusr1", // whoever may signal a root daemon must not get a debugger in it
  "--disable-warning=ExperimentalWarning", // a daemon's standard error is for its own log
];

/** Makes the same code cache each time; V8 leaves it out when it compares flags. */
const PREDICTABLE = "--predictable";

/** What koffi's addon is called among the assets; core/os/native.ts asks for it by this name. */
const ADDON = "koffi.node";

/** The bundle's name inside, so that the executable doesn't depend on where it was built. */
const ENTRY = "lodger.cjs";

/**
 * @param bundle the bundle's file.
 * @returns the executable, which is complete as soon as it has its name.
 * @throws BuildFailure if what would be packed is not what is pinned.
 */
export async function executable(target: Target, bundle: string, output = join(dist, `lodger-${target.name}`)): Promise<string> {
  await verifyPins(target);
  const runtime = await strippedRuntime(target);
  const version = await lockedVersion(target.runtime.package);
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "executable-"));
  const unfinished = `${output}.${process.pid}`;
  try {
    await copyFile(bundle, join(work, ENTRY));
    // pkg works in a folder of its own below TMPDIR, and runs Node there to make the blob.
    await inTemporaryFolder(work, () =>
      loadSea([PREDICTABLE])(join(work, ENTRY), {
        targets: [{ nodeRange: `node${version}`, ...target.pkg, output: unfinished }],
        nodePath: runtime,
        signature: true,
        seaConfig: {
          main: join("..", ENTRY),
          disableExperimentalSEAWarning: true,
          useSnapshot: false,
          useCodeCache: true,
          execArgv: FLAGS,
          // NODE_OPTIONS and the like must not reach a daemon that runs as root.
          execArgvExtension: "none",
          assets: { [ADDON]: join(root, "node_modules", target.koffi.package, target.koffi.file) },
        },
      }),
    );
    await chmod(unfinished, 0o755);
    await rename(unfinished, output);
  } finally {
    await rm(unfinished, { force: true });
    await rm(work, { recursive: true, force: true });
  }
  return output;
}

async function inTemporaryFolder(folder: string, work: () => Promise<void>): Promise<void> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
