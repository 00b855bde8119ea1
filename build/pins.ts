/**
 * What goes into an executable is pinned twice: the package by the integrity hash in package-lock.json, which npm verifies when it
 * installs, and the very file by its SHA-256 in `pins.json`, which the build verifies when it packs. So nothing that was changed after
 * the installation, or installed in another way, gets into what users run as root.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { BuildFailure } from "./failure.ts";
import { installRuntimes, locked, pathOf, remedy } from "./packages.ts";
import { root } from "./paths.ts";
import { type PackedFile, type Target, targets, windowsTrial } from "./targets.ts";

interface Pin {
  readonly version: string;
  /** As in package-lock.json. */
  readonly integrity: string;
  readonly sha256: string;
}

/** By the file's path in node_modules. */
type Pins = Readonly<Record<string, Pin>>;

const PINS = join(root, "build/pins.json");
const RENEW = "if that is meant, renew with `npm run build -- --pin` and review the change of build/pins.json";

/** @throws BuildFailure if a file that goes into this executable, or makes it, is not the pinned one. */
export async function verifyPins(target: Target): Promise<void> {
  const pins: Pins = JSON.parse(await readFile(PINS, "utf8"));
  for (const packed of packedFiles(target)) {
    const name = nameOf(packed);
    const pin = pins[name];
    if (pin === undefined) throw new BuildFailure(`${name} has no pin; ${RENEW}`);
    const found = await look(packed);
    if (found.version !== pin.version || found.integrity !== pin.integrity) {
      throw new BuildFailure(`package-lock.json has ${packed.package} ${found.version}, which is not the pinned ${pin.version}; ${RENEW}`);
    }
    if (found.sha256 !== pin.sha256) {
      throw new BuildFailure(
        `${relative(root, pathOf(packed))} is not the pinned file (sha256 ${found.sha256}, not ${pin.sha256}); run ${remedy(packed.from)}, or ${RENEW}`,
      );
    }
  }
}

/** Takes what is installed now as right, for all targets. */
export async function renewPins(): Promise<string> {
  const all = [...targets, windowsTrial];
  await installRuntimes(all);
  const pins: Record<string, Pin> = {};
  for (const packed of all.flatMap(packedFiles)) pins[nameOf(packed)] = await look(packed);
  await writeFile(PINS, `${JSON.stringify(pins, null, 2)}\n`);
  return PINS;
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

function packedFiles(target: Target): readonly PackedFile[] {
  return [target.runtime, target.koffi, target.maker];
}

function nameOf({ package: name, file }: PackedFile): string {
  return `${name}/${file}`;
}

async function look(packed: PackedFile): Promise<Pin> {
  const { version, integrity } = await locked(packed.package, packed.from);
  const file = pathOf(packed);
  try {
    return { version, integrity, sha256: await sha256(file) };
  } catch (error) {
    throw new BuildFailure(`${file} can't be read: run ${remedy(packed.from)} first`, { cause: error });
  }
}
