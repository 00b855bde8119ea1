/**
 * `npm run build`: the bundle, and the executable of this machine's kind.
 * `npm run build -- --bundle` makes the bundle only; `--pin` takes the installed packages as the ones to be packed from now on.
 */
import { mkdir, stat } from "node:fs/promises";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.ts";
import { systemNeeds } from "./elf.ts";
import { executable } from "./executable.ts";
import { BuildFailure } from "./failure.ts";
import { dist } from "./paths.ts";
import { renewPins, sha256 } from "./pins.ts";
import { hostTarget } from "./targets.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { bundle: { type: "boolean" }, pin: { type: "boolean" } } });
  if (values.pin) {
    console.log(`pinned in ${await renewPins()}`);
    return;
  }
  await mkdir(dist, { recursive: true });
  const { file } = await bundle();
  await report(file);
  if (values.bundle) return;
  const target = hostTarget();
  if (target === undefined) throw new BuildFailure(`no executable is made for ${process.platform} ${process.arch} yet; the bundle is`);
  const made = await executable(target, file);
  await report(made);
  const { libraries, versions } = await systemNeeds(made);
  console.log(`  needs ${[...versions].map(([family, version]) => `${family} ${version}`).join(", ")}`);
  console.log(`  and   ${libraries.join(", ")}`);
}

async function report(file: string): Promise<void> {
  const { size } = await stat(file);
  console.log(`${file}\n  ${(size / 1e6).toFixed(1)} MB, sha256 ${await sha256(file)}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BuildFailure)) throw error;
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
