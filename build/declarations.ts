/**
 * `lodger-plugin.d.ts`: the types of `lodger/plugin` and `lodger/plugin/testing` in one file without imports, for authors who have nothing
 * but a TypeScript compiler. Made from what the compiler emits for core/plugin.ts; only TypeBox's types are written by hand.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync } from "node:zlib";
import type { Plugin } from "esbuild";
import { LODGER_VERSION } from "../core/version.ts";
import { BuildFailure } from "./failure.ts";
import { cache, root } from "./paths.ts";

/** The sources whose exports are published, and as what. */
export const PLUGIN_MODULE = "lodger/plugin";
export const TESTING_MODULE = "lodger/plugin/testing";
const PLUGIN_SOURCE = "core/plugin.ts";
const TESTING_SOURCE = "core/cli/plugin/testing.ts";
const TYPEBOX = "build/declarations/typebox.d.ts";

const TYPES = "lodger:plugin-types";

const execute = promisify(execFile);

/** The module `lodger:plugin-types`: the file's text, packed, because hardly any run of the program needs it. */
export function pluginTypes(): Plugin {
  return {
    name: TYPES,
    setup(esbuild) {
      esbuild.onResolve({ filter: new RegExp(`^${TYPES}$`) }, () => ({ path: TYPES, namespace: TYPES }));
      esbuild.onLoad({ filter: /.*/, namespace: TYPES }, async () => ({ contents: typesModule(await pluginDeclarations()), loader: "js" }));
    },
  };
}

/** @returns an ECMAScript module with the packed text as its default export. */
export function typesModule(text: string): string {
  return `export default ${JSON.stringify(brotliCompressSync(text).toString("base64"))};\n`;
}

/** @returns the text of the file. @throws BuildFailure if the public types can't be put into one scope. */
export async function pluginDeclarations(): Promise<string> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "declarations-"));
  try {
    const emitted = await emit(folder);
    const plugin = await flattened(emitted, PLUGIN_SOURCE);
    const testing = await flattened(emitted, TESTING_SOURCE, new Set([PLUGIN_SOURCE]));
    return [
      `// Types of lodger/plugin, lodger ${LODGER_VERSION}. 'lodger plugin types' prints this file anew after an update.`,
      module(PLUGIN_MODULE, plugin),
      module(TESTING_MODULE, testing),
    ].join("\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns reads the declarations of a source, by its path in the project. */
async function emit(folder: string): Promise<(source: string) => Promise<string>> {
  const configuration = {
    extends: join(root, "tsconfig.json"),
    // Types are checked by `npm run check`; here they are only written down.
    compilerOptions: { noEmit: false, declaration: true, emitDeclarationOnly: true, noCheck: true, outDir: folder, rootDir: root },
    include: [],
    files: [PLUGIN_SOURCE, TESTING_SOURCE].map((source) => join(root, source)),
  };
  const file = join(folder, "tsconfig.json");
  await writeFile(file, JSON.stringify(configuration));
  await execute(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", file]);
  return (source) =>
    source === TYPEBOX ? readFile(join(root, TYPEBOX), "utf8") : readFile(join(folder, source.replace(/\.ts$/, ".d.ts")), "utf8");
}

interface Flat {
  readonly text: string;
  readonly imports: readonly string[];
}

const FROM = /^(import|export)\s+(type\s+)?(\*|\{[^}]*\})\s+from\s+"([^"]+)";\n/gm;
const DECLARATION = /^(export )?(?:declare )?(const|function|class|interface|type) (\w+)/gm;

/** A source and all that it imports, in one scope. @param apart sources that are a module of their own. */
async function flattened(read: (source: string) => Promise<string>, entry: string, apart: ReadonlySet<string> = new Set()): Promise<Flat> {
  const texts = new Map<string, string>();
  const imports: string[] = [];
  const exported = new Map<string, string[]>();
  const visit = async (source: string): Promise<string[]> => {
    const known = exported.get(source);
    if (known !== undefined) return known;
    const names: string[] = [];
    exported.set(source, names);
    const text = (await read(source)).replaceAll(/import\("[^"]+"\)\./g, "");
    texts.set(source, text.replaceAll(FROM, ""));
    for (const [, own, , name = ""] of text.matchAll(DECLARATION)) if (own !== undefined) names.push(name);
    for (const [, keyword, , what = "", specifier = ""] of text.matchAll(FROM)) {
      const target = specifier === "typebox" ? TYPEBOX : relative(root, join(root, dirname(source), specifier));
      if (apart.has(target)) {
        imports.push(`import type ${what} from "${PLUGIN_MODULE}";`);
        continue;
      }
      const theirs = await visit(target);
      if (keyword === "export") names.push(...(what === "*" ? theirs : [...what.matchAll(/(\w+)\s*[,}]/g)].map(([, name = ""]) => name)));
    }
    return names;
  };
  const published = new Set(await visit(entry));
  refuseTwice(texts);
  const text = Array.from(texts.values(), (part) =>
    part.replaceAll(
      DECLARATION,
      (_, _export, keyword: string, name: string) => `${published.has(name) ? "export " : ""}${keyword} ${name}`,
    ),
  );
  return { text: text.join("\n"), imports };
}

/** In one scope, a name that two files have means one thing to one of them. */
function refuseTwice(texts: ReadonlyMap<string, string>): void {
  const first = new Map<string, string>();
  for (const [source, text] of texts) {
    for (const [, , , name = ""] of text.matchAll(DECLARATION)) {
      const other = first.get(name) ?? source;
      if (other !== source) throw new BuildFailure(`${other} and ${source} both declare ${name}, which ${PLUGIN_MODULE} shows: rename one`);
      first.set(name, source);
    }
  }
}

function module(name: string, { text, imports }: Flat): string {
  // Without the last line everything in a declared module would be exported.
  const lines = [...imports, ...text.split("\n").filter((line) => line !== "export {};"), "export {};"];
  const indented = lines.filter((line) => line !== "").map((line) => `  ${line}`);
  return `declare module "${name}" {\n${indented.join("\n")}\n}\n`;
}
