/** `lodger plugin test`: a plugin's own tests, run by this program: its author needs no Node. */
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { StartError } from "../../config/start-error.ts";
import { importModule, virtualModules } from "../../extension/modules.ts";
import type { SubcommandInput } from "../subcommand.ts";
import { parsePluginArguments } from "./arguments.ts";
import * as testing from "./testing.ts";

const TEST = /\.test\.[cm]?[jt]s$/;

/** @returns 1 if a file can't be loaded or has no test; that a test has failed Node's runner says itself, when the program ends. */
export async function testPlugins({ args, write }: SubcommandInput): Promise<number> {
  const { positionals } = parsePluginArguments(args, {});
  // Bun's node:test refuses outside of 'bun test', and Deno's runs nothing and is content.
  if (process.versions.bun !== undefined || process.versions.deno !== undefined) {
    throw new StartError(
      "a plugin's tests run on Node.js only, not on Bun (as the executables for musl) or Deno: test it on another machine",
    );
  }
  const files = (positionals.length > 0 ? positionals : ["."]).flatMap((path) => testFiles(resolve(path)));
  virtualModules.set("lodger/plugin/testing", testing);
  // From here on the runner prints what comes of them.
  process.getBuiltinModule("node:test");
  let status = 0;
  for (const [index, file] of files.entries()) {
    try {
      // Its author's own files, run as its author: who else may write to them is for 'lodger plugin check' to say.
      await importModule(`test-${index}`, file, { untrusted: true });
    } catch (error) {
      write(`${error instanceof Error ? error.message : error}\n`);
      status = 1;
    }
  }
  return status;
}

function testFiles(path: string): string[] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw new StartError(`${path}: there is no such file or folder`);
  if (!status.isDirectory()) return [path];
  const files = readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => TEST.test(name) && !name.split("/").includes("node_modules"))
    .sort()
    .map((name) => join(path, name));
  if (files.length === 0)
    throw new StartError(`${path}: there is no test: its name has to end in .test.ts, .test.mts, .test.mjs or .test.js`);
  return files;
}
