/** The program on Bun: for systems with musl, which Node is not made for. */
import { copyFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathOf } from "./packages.ts";
import { run } from "./run.ts";
import type { BunTarget } from "./targets.ts";

/** Bun puts a program's files into a file system of its own; core/packed.ts is told where the addon is in it. */
const WRAPPER = `import addon from "./koffi.node" with { type: "file" };
globalThis[Symbol.for("lodger.packed")] = { addon };
require("./lodger.cjs");
`;

/** @param entry the program; its folder is for this work alone. @returns the executable, in that folder. */
export async function compileWithBun(target: BunTarget, entry: string): Promise<string> {
  const work = dirname(entry);
  await writeFile(join(work, "main.mjs"), WRAPPER);
  await copyFile(pathOf(target.koffi), join(work, "koffi.node"));
  // Bun writes this name into what it makes.
  const output = join(work, "lodger");
  await run(
    pathOf(target.maker),
    [
      "build",
      "--compile",
      `--target=${target.bun}`,
      `--compile-executable-path=${pathOf(target.runtime)}`,
      // What lies about where an agent is started must not decide how root runs it.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      // Where it was built is nobody's business, and would make every build another.
      '--define=__filename="/lodger.cjs"',
      '--define=__dirname="/"',
      "--asset-naming=[name].[ext]",
      `--outfile=${output}`,
      "main.mjs",
    ],
    "npm's @oven/bun-linux-x64-baseline",
    work, // to which the names of sources in what Bun makes are relative
  );
  return output;
}
