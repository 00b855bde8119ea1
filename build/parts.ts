/**
 * The bundle in two scripts, for executables: what an agent that only runs needs, and the rest, which is read when something of it is
 * asked for. A script is in memory as long as its functions are, and half of the program's text is for authors, admins and plugins.
 */
import { createRequire } from "node:module";
import { basename } from "node:path";
import { type BuildOptions, build, type ImportKind, type Metafile, type Plugin } from "esbuild";
import { scriptOf } from "./packed/scripts.ts";

const require = createRequire(import.meta.url);

/** Either is the text of a function, as build/packed/scripts.ts calls it. */
export interface Parts {
  readonly main: string;
  readonly later: string;
  /** The sources in `main`, by their paths in the project. */
  readonly sources: readonly string[];
}

/** A file of the first pass: its text, and those that it imports at once. */
interface Piece {
  readonly text: string;
  readonly imports: readonly string[];
  readonly dynamic: readonly string[];
  readonly sources: readonly string[];
}

const SHARED = "lodger.main";
const LATER = "lodger:later";

/**
 * esbuild splits modules for ECMAScript only: so it does in a first pass, and the pieces are joined to two CommonJS scripts.
 * @param options as for the bundle.
 * @param asset the name by which the executable has the second script.
 */
export async function buildParts(options: BuildOptions, asset: string): Promise<Parts> {
  const { pieces, entry } = await split(options);
  const inMain = closure(pieces, entry);
  const laterPieces = [...pieces.keys()].filter((name) => !inMain.has(name));
  const asked = [...pieces].flatMap(([name, { imports, dynamic }]) => (inMain.has(name) ? dynamic : [...imports, ...dynamic]));
  const wanted = new Set(asked.filter((name) => inMain.has(name)));
  const main = await join(
    [
      ...[...wanted].map((name, index) => `import * as shared${index} from "./${name}";`),
      `globalThis[Symbol.for("${SHARED}")] = {${[...wanted].map((name, index) => `"${name}": shared${index}`).join(",")}};`,
      `import "./${entry}";`,
    ],
    pieces,
    (name, isDynamic) =>
      !inMain.has(name) ? `module.exports = require("${LATER}").load("${name}");` : isDynamic ? ofMain(name) : undefined,
    asset,
  );
  const later = await join(
    [`module.exports = {${laterPieces.map((name) => `"${name}": () => require("./${name}")`).join(",")}};`],
    pieces,
    (name) => (inMain.has(name) ? ofMain(name) : undefined),
    asset,
  );
  return { main, later, sources: [...inMain].flatMap((name) => pieces.get(name)?.sources ?? []) };
}

async function split({ outfile: _, ...options }: BuildOptions): Promise<{ pieces: ReadonlyMap<string, Piece>; entry: string }> {
  const { outputFiles = [], metafile } = await build({
    ...options,
    format: "esm",
    // The order of pieces is not that of imports, and tsyringe asks for this as soon as it is loaded: so everything imports it first.
    inject: [...(options.inject ?? []), require.resolve("reflect-metadata")],
    splitting: true,
    outdir: "pieces",
    write: false,
    metafile: true,
    minifyWhitespace: false,
    legalComments: "none",
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const pieces = new Map<string, Piece>();
  let entry = "";
  for (const [path, { imports, inputs, entryPoint }] of Object.entries((metafile as Metafile).outputs)) {
    const name = basename(path);
    const named = (wanted: ImportKind): string[] =>
      imports.filter(({ kind, external }) => kind === wanted && !external).map((each) => basename(each.path));
    pieces.set(name, {
      text: texts.get(name) ?? "",
      imports: named("import-statement"),
      dynamic: named("dynamic-import"),
      sources: Object.keys(inputs),
    });
    if (entryPoint === (options.entryPoints as readonly string[])[0]) entry = name;
  }
  return { pieces, entry };
}

function closure(pieces: ReadonlyMap<string, Piece>, entry: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    pieces.get(name)?.imports.forEach(visit);
  };
  visit(entry);
  return found;
}

/** @param elsewhere the text of a module that stands for a piece of the other script. */
async function join(
  lines: readonly string[],
  pieces: ReadonlyMap<string, Piece>,
  elsewhere: (name: string, isDynamic: boolean) => string | undefined,
  asset: string,
): Promise<string> {
  const inMemory: Plugin = {
    name: "pieces",
    setup(esbuild) {
      esbuild.onResolve({ filter: /^\.\// }, ({ path, kind }) => {
        const stub = elsewhere(basename(path), kind === "dynamic-import");
        return { path: basename(path), namespace: stub === undefined ? "piece" : "elsewhere", pluginData: stub };
      });
      esbuild.onResolve({ filter: new RegExp(`^${LATER}$`) }, () => ({ path: LATER, namespace: LATER }));
      esbuild.onLoad({ filter: /.*/, namespace: "piece" }, ({ path }) => ({ contents: pieces.get(path)?.text ?? "" }));
      esbuild.onLoad({ filter: /.*/, namespace: "elsewhere" }, ({ pluginData }) => ({ contents: pluginData }));
      esbuild.onLoad({ filter: /.*/, namespace: LATER }, () => ({ contents: loader(asset) }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: lines.join("\n"), resolveDir: "/", loader: "js" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    write: false,
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "warning",
    external: ["koffi"],
    plugins: [inMemory],
  });
  return scriptOf(outputFiles[0]?.text ?? "");
}

/** A module's text: what the first script has of this name. */
function ofMain(name: string): string {
  return `module.exports = globalThis[Symbol.for("${SHARED}")]["${name}"];`;
}

/** The executable has the second script, and knows how to compile it (build/packed/entry.ts). */
function loader(asset: string): string {
  return `
    let modules;
    exports.load = (name) => (modules ??= compile())[name]();
    function compile() {
      const loaded = { exports: {} };
      globalThis[Symbol.for("lodger.packed")].script("${asset}")(require, loaded, __filename);
      return loaded.exports;
    }
  `;
}
