/**
 * `npm run build`: the bundle, the types for authors of plugins, and the executable of this machine's kind.
 * `npm run build -- --bundle` makes no executable; `--plugin FILE|FOLDER`, any number of times, builds a plugin in;
 * `--pin` takes the installed packages as the ones to be packed from now on.
 */
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.ts";
import { pluginDeclarations } from "./declarations.ts";
import { systemNeeds } from "./elf.ts";
import { executable } from "./executable.ts";
import { BuildFailure } from "./failure.ts";
import { dist } from "./paths.ts";
import { renewPins, sha256 } from "./pins.ts";
import { hostTarget } from "./targets.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { bundle: { type: "boolean" }, pin: { type: "boolean" }, plugin: { type: "string", multiple: true, default: [] } },
  });
  if (values.pin) {
    console.log(`pinned in ${await renewPins()}`);
    return;
  }
  await mkdir(dist, { recursive: true });
  await writeFile(join(dist, "lodger-plugin.d.ts"), await pluginDeclarations());
  // npm runs this in the project's folder; a path is meant from where the user is.
  const from = process.env.INIT_CWD ?? process.cwd();
  const { file, plugins } = await bundle({ plugins: values.plugin.map((path) => resolve(from, path)) });
  await report(file);
  for (const { definition, entry } of plugins)
    console.log(`  with plugin ${[definition.name, definition.version].filter(Boolean).join(" ")} (${entry})`);
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
