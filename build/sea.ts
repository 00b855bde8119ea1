/** A single executable application: what Node calls its own binary with a program in it. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { signAdHoc } from "./mach-o-signature.ts";
import { locked, pathOf } from "./packages.ts";
import { loadSea } from "./pkg.ts";
import { preparedRuntime } from "./runtime.ts";
import type { NodeTarget } from "./targets.ts";

/**
 * Baked in. A flag that V8 counts among those that shape its code (--lite-mode, --single-threaded, --no-short-builtin-calls, ...) makes
 * it refuse the code caches of Node's own modules, which costs 8 ms at start: none of these does.
 */
export const FLAGS: readonly string[] = [
  "--max-semi-space-size=1", // garbage of a busy time is 1 MB, not 16
  "--single-threaded-gc", // with so small a space, threads of the collector's cost more time than they save
  "--v8-pool-size=1", // one thread beside the main one instead of four
  "--disable-sigusr1", // whoever may signal a root daemon must not get a debugger in it
  "--disable-warning=ExperimentalWarning", // a daemon's standard error is for its own log
];

/** Makes the same compiled code each time; V8 leaves it out when it compares flags. */
export const PREDICTABLE = "--predictable";

/** What koffi's addon is called among the assets; core/packed.ts asks for it by this name. */
const ADDON = "koffi.node";

/**
 * @param entry the program; its folder is for this work alone.
 * @param assets what else is packed beside koffi's addon: names to files.
 * @returns the executable, in that folder.
 */
export async function packWithNode(target: NodeTarget, entry: string, assets: Readonly<Record<string, string>>): Promise<string> {
  const work = dirname(entry);
  const { version } = await locked(target.runtime.package, target.runtime.from);
  const bases = join(work, ".pkg-cache", "sea");
  const same = target.runtime === target.maker;
  const runtime = await preparedRuntime(target);
  const maker = same ? runtime : pathOf(target.maker);
  await provideBase(bases, version, target.pkg, runtime);
  if (!same) await provideBase(bases, version, { platform: "linux", arch: "x64" }, maker);
  const output = join(work, "lodger");
  // pkg works in a folder of its own below TMPDIR, runs Node there to make the blob, and looks for its bases below HOME.
  await withEnvironment({ TMPDIR: work, HOME: work }, () =>
    loadSea(maker, [PREDICTABLE])(entry, {
      targets: [{ nodeRange: `node${version}`, ...target.pkg, output }],
      // Apple's own program is on Macs only: what it would do is done below.
      signature: false,
      seaConfig: {
        main: join("..", basename(entry)),
        disableExperimentalSEAWarning: true,
        useSnapshot: false,
        useCodeCache: false,
        execArgv: FLAGS,
        // NODE_OPTIONS and the like must not reach a daemon that runs as root.
        execArgvExtension: "none",
        assets: { [ADDON]: pathOf(target.koffi), ...assets },
      },
    }),
  );
  if (target.pkg.platform === "macos") await signAdHoc(output, "lodger");
  return output;
}

/** Puts a binary where pkg keeps those that it has downloaded and found right, so that it does neither. */
async function provideBase(
  folder: string,
  version: string,
  { platform, arch }: { readonly platform: string; readonly arch: string },
  binary: string,
): Promise<void> {
  const windows = platform === "win";
  const name = `node-v${version}-${platform === "macos" ? "darwin" : platform}-${arch}`;
  const archive = join(folder, `${name}${windows ? ".zip" : ".tar.gz"}`);
  const base = windows ? join(folder, `${name}.exe`) : join(folder, name, "bin", "node");
  await mkdir(dirname(base), { recursive: true });
  for (const done of [archive, `${archive}.ok`, `${base}.ok`]) await writeFile(done, "");
  await symlink(binary, base);
}

async function withEnvironment(variables: Readonly<Record<string, string>>, work: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    await work();
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
