/** Which plugins there are on disk: files and folders, by name. Nothing of them is run. */
import { readdirSync, type Stats, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { osError } from "../os/errno.ts";
import type { Settings } from "../settings.ts";
import { readTrusted } from "../trusted-file.ts";
import { isName, NAME_RULE } from "./names.ts";

export interface FoundPlugin {
  /** Of the file without its ending, or of the folder. */
  readonly name: string;
  /** The module to import. */
  readonly file: string;
}

export interface RefusedFile extends FoundPlugin {
  /** Why, and what to do. */
  readonly reason: string;
}

export interface FoundPlugins {
  readonly found: readonly FoundPlugin[];
  readonly refused: readonly RefusedFile[];
}

const ENDINGS = [".ts", ".mts", ".mjs", ".cjs", ".js"];
const MODULE = /^(.*?)(\.[cm]?[jt]s)$/;
/** What lies beside plugins and is none: hidden, of editors and package managers, types, tests, text. */
const BESIDE = /^\.|~$|^#.*#$|\.(bak|orig|rej|old|new|tmp|save|dpkg-\w+|rpm\w+)$|\.d\.[cm]?ts$|\.test\.[cm]?[jt]s$|^node_modules$|^types$/;
const TEXT = /^[^.]*$|\.(json|md|txt|map|toml|ya?ml|lock)$/;
/** What a package.json may say under "exports" for `import`, in this order. */
const CONDITIONS = ["node", "import", "module-sync", "require", "default"];

/** @returns by name, those that were named and those of the folder; one that was named goes before. A folder that isn't there has none. */
export function discoverPlugins({ plugins, pluginFolder }: Pick<Settings, "plugins" | "pluginFolder">): FoundPlugins {
  const found = new Map<string, FoundPlugin>();
  const refused: RefusedFile[] = [];
  const add = (path: string) => {
    const name = nameOf(path);
    try {
      const file = entryFile(path);
      if (!isName(name)) throw new Error(`${path}: '${name}' is no plugin's name: use ${NAME_RULE}`);
      const other = found.get(name);
      if (other) throw new Error(`${path}: the plugin '${name}' is also in ${other.file}: remove or rename one of them`);
      found.set(name, { name, file });
    } catch (error) {
      refused.push({ name, file: path, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  for (const path of plugins) add(resolve(path));
  const folder = resolve(pluginFolder);
  try {
    for (const name of namesIn(folder)) add(join(folder, name));
  } catch (error) {
    refused.push({
      name: basename(folder),
      file: folder,
      reason: `the plugins in ${folder} can't be listed: ${osError(error, "open").message}`,
    });
  }
  return { found: [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), refused };
}

/** @throws NodeJS.ErrnoException */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !BESIDE.test(entry.name) && (entry.isDirectory() || !TEXT.test(entry.name)))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/**
 * @param path of a plugin: a file, or a folder with a package.json or an index file.
 * @returns the file to import.
 * @throws Error saying in one line what is missing.
 */
export function entryFile(path: string): string {
  const status = statusOf(path);
  if (status === undefined) throw new Error(`${path}: there is no such file or folder`);
  if (status.isDirectory()) return mainOf(path);
  if (!status.isFile()) throw new Error(`${path}: this is neither a file nor a folder`);
  if (!MODULE.test(path) || path.endsWith(".cts"))
    throw new Error(`${path}: this is no plugin: its name has to end in ${ENDINGS.join(", ")}`);
  return path;
}

function mainOf(folder: string): string {
  const named = packageMain(folder);
  if (named !== undefined) {
    const file = resolve(folder, named);
    for (const candidate of [file, ...ENDINGS.map((ending) => `${file}${ending}`)]) {
      if (statusOf(candidate)?.isFile()) return candidate;
    }
    throw new Error(
      `${join(folder, "package.json")}: it names '${named}', and there is no such file: build the plugin, or correct the name`,
    );
  }
  for (const ending of ENDINGS) {
    const file = join(folder, `index${ending}`);
    if (statusOf(file)?.isFile()) return file;
  }
  throw new Error(
    `${folder}: this is no plugin: it has no index.ts (.mts, .mjs, .cjs, .js), and no package.json that names a file under "main"`,
  );
}

/** @returns undefined where there is no package.json, or it doesn't say. */
function packageMain(folder: string): string | undefined {
  const file = join(folder, "package.json");
  if (statusOf(file) === undefined) return undefined;
  let content: { readonly exports?: unknown; readonly main?: unknown };
  try {
    content = JSON.parse(readTrusted(file).bytes.toString());
  } catch (error) {
    throw error instanceof SyntaxError ? new Error(`${file}: this is no JSON: ${error.message}`) : error;
  }
  const main = exported(content?.exports) ?? content?.main;
  return typeof main === "string" ? main : undefined;
}

function exported(exports: unknown): unknown {
  if (typeof exports !== "object" || exports === null) return exports;
  const members = exports as Readonly<Record<string, unknown>>;
  if ("." in members) return exported(members["."]);
  for (const condition of CONDITIONS) {
    const value = Object.hasOwn(members, condition) ? exported(members[condition]) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

function nameOf(path: string): string {
  const name = basename(path);
  return statusOf(path)?.isDirectory() ? name : (MODULE.exec(name)?.[1] ?? name);
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined; // a link that leads nowhere, too
  }
}
