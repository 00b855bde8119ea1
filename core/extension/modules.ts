/**
 * Plugins' modules from disk, in the executable, in the bundle and from source. Node resolves and links them; what they are made of is
 * read here, by `readTrusted`, and Node is handed just the bytes that were checked. `lodger/plugin` is no file: it is what the program has.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { constants, Script } from "node:vm";
import { native } from "../os/native.ts";
import * as api from "../plugin.ts";
import { readTrusted } from "../trusted-file.ts";
import { bunHere, moduleOfBun } from "./bun-modules.ts";
import { ModuleError, moduleError } from "./module-errors.ts";
import { moduleText } from "./module-format.ts";
import { quietly } from "./quietly.ts";

/** Modules that a plugin can import though there is no file: the name, and the exports. */
export const virtualModules: Map<string, object> = new Map([["lodger/plugin", api]]);

export interface LoadOptions {
  /** For who writes a plugin and checks it: files that others may change are taken too. */
  readonly untrusted?: boolean;
}

const VIRTUAL = "lodger:";
const GENERATION = "lodger";

/** Path of each file that was read, and whose it is. */
const files = new Map<string, string>();
/** Of modules that have no file, as Bun's: the address in stacks, and whose it is. */
const addresses = new Map<string, string>();
/** How often a plugin was loaded: Node keeps each module by its address for ever, so that another loading needs another address. */
const generations = new Map<string, number>();
const untrusted = new Set<string>();
let hooked = false;

/**
 * @param plugin its name, by which {@link ownerOf} knows its files.
 * @param file absolute path of the module that has the plugin as its default export.
 * @returns the default export.
 * @throws ModuleError saying in one line what is wrong, where, and what to do.
 */
export async function importPlugin(plugin: string, file: string, options: LoadOptions = {}): Promise<unknown> {
  return defaultExport(await importModule(plugin, file, options), file);
}

/** @returns all that the module exports. @throws ModuleError as {@link importPlugin} does. */
export async function importModule(plugin: string, file: string, options: LoadOptions = {}): Promise<Record<string, unknown>> {
  const bun = bunHere();
  if (bun === undefined) hook();
  forget(plugin);
  if (options.untrusted) untrusted.add(plugin);
  try {
    // As the runtime will name it: without links.
    const entry = realpathSync(file);
    files.set(entry, plugin);
    if (bun !== undefined) return await bundled(bun, plugin, entry);
    return await nativeImport(`${pathToFileURL(entry).href}${query(plugin)}`);
  } catch (error) {
    throw error instanceof ModuleError ? error : moduleError(error, file, filesOf(plugin));
  }
}

async function bundled(bun: NonNullable<ReturnType<typeof bunHere>>, plugin: string, entry: string): Promise<Record<string, unknown>> {
  const read = (path: string) => {
    files.set(path, plugin);
    packageType(dirname(path), plugin); // Bun goes by it, too
    return checked(path, plugin);
  };
  const virtual = (name: string) => (virtualModules.has(name) ? virtualSource(name) : undefined);
  const address = await moduleOfBun(bun, entry, { read, virtual });
  addresses.set(address, plugin);
  try {
    return await nativeImport(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** The plugin that this module belongs to. @param file a path or a `file:` URL, as stacks have them. */
export function ownerOf(file: string): string | undefined {
  return addresses.get(file) ?? files.get(pathOf(file));
}

/** Paths of the modules that a plugin was made from. */
export function filesOf(plugin: string): string[] {
  return [...files].flatMap(([file, owner]) => (owner === plugin ? [file] : []));
}

/** The next import of this plugin reads its files anew. */
function forget(plugin: string): void {
  const { cache } = createRequire(pathToFileURL("/").href);
  for (const file of filesOf(plugin)) {
    delete cache[file];
    files.delete(file);
  }
  generations.set(plugin, (generations.get(plugin) ?? -1) + 1);
  untrusted.delete(plugin);
}

/**
 * The one import that works in all of the executable, the bundle and the tests: Node's own. (A single executable's has no files, and a test's
 * is replaced.)
 */
function nativeImport(url: string): Promise<Record<string, unknown>> {
  const script = new Script(`import(${JSON.stringify(url)})`, { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
  return quietly(() => script.runInThisContext() as Promise<Record<string, unknown>>);
}

/** What TypeScript compiles to CommonJS has its default export one level down. */
function defaultExport(namespace: Record<string, unknown>, file: string): unknown {
  const value = namespace.default;
  const inner = typeof value === "object" && value !== null && "__esModule" in value && "default" in value ? value.default : value;
  if (inner === undefined) {
    throw new ModuleError(
      `${file}: this exports no plugin: write 'export default definePlugin({ … })', or in CommonJS 'module.exports = …'`,
    );
  }
  return inner;
}

function hook(): void {
  if (hooked) return;
  // Not imported by its name: Bun has no such function, and the rest of the agent is to run there.
  const { registerHooks } = process.getBuiltinModule("node:module");
  // Once there are hooks, Deno reads every module for them as text, native ones too: the agent's own is loaded before.
  if (process.versions.deno !== undefined) native();
  hooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      const plugin = context.parentURL === undefined ? undefined : ownerOf(context.parentURL);
      // The entry itself has no parent of a plugin's, and what the agent loads is none of ours.
      if (plugin === undefined) return next(specifier, context);
      if (virtualModules.has(specifier)) return { url: `${VIRTUAL}${specifier}`, format: "module", shortCircuit: true };
      const resolved = next(specifier, context);
      if (!resolved.url.startsWith("file:")) return resolved;
      const path = fileURLToPath(resolved.url);
      if (!files.has(path)) files.set(path, plugin);
      if (path.endsWith(".node")) checked(path, plugin);
      return context.conditions?.includes("require") ? resolved : { ...resolved, url: `${resolved.url}${query(plugin)}` };
    },
    load(url, context, next) {
      if (url.startsWith(VIRTUAL)) return { format: "module", source: virtualSource(url.slice(VIRTUAL.length)), shortCircuit: true };
      const plugin = url.startsWith("file:") ? ownerOf(url) : undefined;
      if (plugin === undefined) return next(url, context);
      const path = pathOf(url);
      if (path.endsWith(".node")) return next(url, context);
      const type = packageType(dirname(path), plugin);
      return { ...moduleText(path, checked(path, plugin), type), shortCircuit: true };
    },
  });
}

/** An ECMAScript module, which `require` takes as well. */
function virtualSource(name: string): string {
  const symbol = JSON.stringify(`lodger.module.${name}`);
  const value = virtualModules.get(name) ?? {};
  (globalThis as Record<symbol, unknown>)[Symbol.for(`lodger.module.${name}`)] = value;
  const names = Object.keys(value).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== "default");
  return `const exports = globalThis[Symbol.for(${symbol})];\nexport const { ${names.join(", ")} } = exports;\n`;
}

function checked(path: string, plugin: string): Buffer {
  return untrusted.has(plugin) ? readFileSync(path) : readTrusted(path).bytes;
}

/** What the package of this folder says of its files. It decides what is run, so it has to be as trusted as they are. */
function packageType(folder: string, plugin: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, "package.json");
    if (statSync(file, { throwIfNoEntry: false })) {
      try {
        return (JSON.parse(checked(file, plugin).toString()) as { type?: string }).type;
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw new ModuleError(`${file}: this is no JSON: ${error.message}`);
      }
    }
    if (at === dirname(at) || at.endsWith("/node_modules")) return undefined;
  }
}

function query(plugin: string): string {
  const generation = generations.get(plugin) ?? 0;
  return generation === 0 ? "" : `?${GENERATION}=${generation}`;
}

function pathOf(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file.replace(/\?.*$/, "")) : file;
}
