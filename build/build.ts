/**
 * `npm run build`: the bundle, the types for authors of plugins, and the executable of this machine's kind.
 * `-- --all` makes the executables of all targets, with their hashes and bill of materials; `--target NAME` makes one;
 * `--bundle` makes no executable; `--plugin FILE|FOLDER`, any number of times, builds a plugin in;
 * `--pin` takes the installed packages as the ones to be packed from now on.
 */
import { mkdir, stat, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { billOfMaterials } from "./bill-of-materials.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { pluginDeclarations } from "./declarations.ts";
import { executable } from "./executable.ts";
import { BuildFailure } from "./failure.ts";
import { installRuntimes } from "./packages.ts";
import { dist } from "./paths.ts";
import { renewPins, sha256 } from "./pins.ts";
import { needsOf } from "./system-needs.ts";
import { hostTarget, type Target, targetNamed, targets } from "./targets.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      all: { type: "boolean" },
      bundle: { type: "boolean" },
      pin: { type: "boolean" },
      plugin: { type: "string", multiple: true, default: [] },
      target: { type: "string" },
    },
  });
  if (values.pin) {
    console.log(`pinned in ${await renewPins()}`);
    return;
  }
  const chosen = values.bundle ? [] : chooseTargets(values.all === true, values.target);
  // What can go wrong without a network goes wrong first.
  await installRuntimes(chosen);
  await mkdir(dist, { recursive: true });
  const types = join(dist, "lodger-plugin.d.ts");
  await writeFile(types, await pluginDeclarations());
  // npm runs this in the project's folder; a path is meant from where the user is.
  const from = process.env.INIT_CWD ?? process.cwd();
  const made = await bundle({ plugins: values.plugin.map((path) => resolve(from, path)) });
  await report(made.file);
  for (const { definition, entry } of made.plugins)
    console.log(`  with plugin ${[definition.name, definition.version].filter(Boolean).join(" ")} (${entry})`);
  const executables: string[] = [];
  for (const target of chosen) {
    const file = await executable(target, made.file, undefined, made.plugins.length === 0);
    executables.push(file);
    await report(file);
    for (const line of await needsOf(target, file)) console.log(`  ${line}`);
  }
  if (values.all) await accompany([...executables, made.file, types], made);
}

function chooseTargets(all: boolean, name: string | undefined): readonly Target[] {
  if (all) return targets;
  const target = name === undefined ? hostTarget() : targetNamed(name);
  if (target !== undefined) return [target];
  const known = targets.map((each) => each.name).join(", ");
  if (name !== undefined) throw new BuildFailure(`there is no target '${name}'; there are ${known}`);
  throw new BuildFailure(
    `nothing is made for ${process.platform} ${process.arch}: name one with --target, of ${known}; or make the --bundle`,
  );
}

/** What somebody needs who wants to know what he has got: its parts, and that nobody has changed it. */
async function accompany(files: readonly string[], made: Bundle): Promise<void> {
  const parts = join(dist, "lodger.cdx.json");
  await writeFile(parts, `${JSON.stringify(await billOfMaterials(made, targets, dist), null, 2)}\n`);
  const lines = await Promise.all([...files, parts].map(async (file) => `${await sha256(file)}  ${basename(file)}\n`));
  const sums = join(dist, "SHA256SUMS");
  await writeFile(sums, lines.join(""));
  await report(parts);
  await report(sums);
}

async function report(file: string): Promise<void> {
  const { size } = await stat(file);
  console.log(`${file}\n  ${size < 1e5 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`}, sha256 ${await sha256(file)}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BuildFailure)) throw error;
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
