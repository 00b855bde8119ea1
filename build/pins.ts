/**
 * What goes into an executable is pinned twice: the package by the integrity hash in package-lock.json, which npm verifies when it
 * installs, and the very file by its SHA-256 in `pins.json`, which the build verifies when it packs. So nothing that was changed after
 * the installation, or installed in another way, gets into what users run as root.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { BuildFailure } from "./failure.ts";
import { root } from "./paths.ts";
import { type Target, targets } from "./targets.ts";

interface Pin {
  readonly version: string;
  /** As in package-lock.json. */
  readonly integrity: string;
  readonly sha256: string;
}

/** By the file's path in node_modules. */
type Pins = Readonly<Record<string, Pin>>;

interface PackedFile {
  readonly package: string;
  readonly file: string;
}

const PINS = join(root, "build/pins.json");
const RENEW = "if that is meant, renew with `npm run build -- --pin` and review the change of build/pins.json";

/** @throws BuildFailure if a file that goes into this executable is not the pinned one. */
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
        `node_modules/${name} is not the pinned file (sha256 ${found.sha256}, not ${pin.sha256}); run \`npm ci\`, or ${RENEW}`,
      );
    }
  }
}

/** Takes what is installed now as right, for all targets. */
export async function renewPins(): Promise<string> {
  const pins: Record<string, Pin> = {};
  for (const packed of targets.flatMap(packedFiles)) pins[nameOf(packed)] = await look(packed);
  await writeFile(PINS, `${JSON.stringify(pins, null, 2)}\n`);
  return PINS;
}

/** The version of a package as package-lock.json has it. */
export async function lockedVersion(name: string): Promise<string> {
  return (await locked(name)).version;
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

function packedFiles(target: Target): readonly PackedFile[] {
  return [target.runtime, target.koffi];
}

function nameOf({ package: name, file }: PackedFile): string {
  return `${name}/${file}`;
}

async function look(packed: PackedFile): Promise<Pin> {
  const file = join(root, "node_modules", nameOf(packed));
  const { version, integrity } = await locked(packed.package);
  try {
    return { version, integrity, sha256: await sha256(file) };
  } catch (error) {
    throw new BuildFailure(`${file} can't be read: run \`npm ci\` first`, { cause: error });
  }
}

async function locked(name: string): Promise<{ version: string; integrity: string }> {
  const lock: { packages: Record<string, { version: string; integrity?: string }> } = JSON.parse(
    await readFile(join(root, "package-lock.json"), "utf8"),
  );
  const entry = lock.packages[`node_modules/${name}`];
  if (entry?.integrity === undefined) throw new BuildFailure(`package-lock.json has no integrity hash for ${name}`);
  return { version: entry.version, integrity: entry.integrity };
}
