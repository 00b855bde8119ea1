/** The program on Bun: for systems with musl, which Node is not made for. */
import { copyFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathOf } from "./packages.ts";
import { run } from "./run.ts";
import type { BunTarget } from "./targets.ts";

/** Bun puts a program's files into a file system of its own; core/packed.ts is told where the addon is in it. */
const WRAPPER = `import addon from "./koffi.node" with { type: "file" };
globalThis[Symbol.for("lodger.packed")] = { addon };
require("./lodger.cjs");
`;

/** @param entry the program; its folder is for this work alone. @param output absolute. */
export async function compileWithBun(target: BunTarget, entry: string, output: string): Promise<void> {
  const work = dirname(entry);
  const wrapper = join(work, "main.mjs");
  await writeFile(wrapper, WRAPPER);
  await copyFile(pathOf(target.koffi), join(work, "koffi.node"));
  // A short path of its own, because Bun writes where it was built into what it makes.
  const runtime = join(work, "runtime");
  await symlink(pathOf(target.runtime), runtime);
  await run(
    pathOf(target.maker),
    [
      "build",
      "--compile",
      `--target=${target.bun}`,
      `--compile-executable-path=${runtime}`,
      // What lies about where an agent is started must not decide how root runs it.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      // Where it was built is nobody's business, and would make every build another.
      '--define=__filename="/lodger.cjs"',
      '--define=__dirname="/"',
      "--asset-naming=[name].[ext]",
      `--outfile=${output}`,
      wrapper,
    ],
    "build/runtimes",
  );
}
