/** What the build packs into an executable beside this program: what it was made for, and koffi's native part. */

/** Set by an executable before anything else runs. */
const PACKED = Symbol.for("lodger.packed");

interface Packed {
  /** As build/targets.ts names it. */
  readonly target: string;
  /** Whether V8 took the code that the build made of the scripts; undefined where there is but one script. */
  readonly isCompiled?: boolean;
  /** Where Bun has the addon; Node has it among its assets. */
  readonly addon?: string;
}

/** The name among Node's assets, as build/executable.ts gives it. */
const ASSET = "koffi.node";

/** @returns undefined in the bundle and from source. */
export function packed(): Packed | undefined {
  return (globalThis as { [PACKED]?: Packed })[PACKED];
}

/** @returns koffi's addon, or undefined where it isn't packed. */
export function embeddedAddon(): ArrayBuffer | undefined {
  const self = packed();
  if (self === undefined) return undefined;
  if (self.addon === undefined) return process.getBuiltinModule("node:sea").getRawAsset(ASSET);
  const { readFileSync } = process.getBuiltinModule("node:fs");
  return new Uint8Array(readFileSync(self.addon)).buffer;
}

declare const LODGER_COMMIT: string;

/** The commit, the runtime and the target of what runs, for `--version`. */
export function madeFrom(): string {
  const { bun, deno } = process.versions;
  const runtime = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${process.versions.node}`;
  // From source there is nothing that defines it.
  const commit = typeof LODGER_COMMIT === "undefined" ? "unknown" : LODGER_COMMIT;
  return `commit ${commit}, ${runtime}, ${packed()?.target ?? "not packed"}`;
}
