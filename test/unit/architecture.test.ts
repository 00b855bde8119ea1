/** The design's rules that can be read off the sources: who may import whom, how long a file may be, and that there is no shell. */
import { globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const MAX_LINES = 300;

interface Source {
  readonly path: string;
  readonly text: string;
  /** What it imports: paths in the project where they are relative, else names of packages. */
  readonly imports: readonly string[];
}

const sources: readonly Source[] = globSync("{core,plugins,transports,build}/**/*.ts", { cwd: root, exclude: ["**/node_modules/**"] })
  .sort()
  .map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return { path, text, imports: importsOf(path, text) };
  });

/** Comments go first: examples in them import what they like. Strings stay, because the names are in them. */
function importsOf(path: string, text: string): string[] {
  const code = text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|\/\/.*/g, (part) =>
    part.startsWith("/") ? " " : part,
  );
  const specifiers = [
    ...code.matchAll(/^\s*(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']/gm), // import … from, export … from
    ...code.matchAll(/^\s*import\s*["']([^"']+)["']/gm), // for its effects
    ...code.matchAll(/\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g), // import(), require(), a type's import()
  ].map((match) => match[1] ?? "");
  return specifiers.map((name) => (name.startsWith(".") ? join(dirname(path), name) : name));
}

function inFolder(path: string, ...folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

function isMain(path: string): boolean {
  return path === "core/main.ts" || inFolder(path, "core/main");
}

/** `FILE imports WHAT` for each import that a rule forbids. */
function violations(of: (source: Source) => boolean, forbidden: (imported: string, source: Source) => boolean): string[] {
  return sources
    .filter(of)
    .flatMap((source) =>
      source.imports.filter((imported) => forbidden(imported, source)).map((imported) => `${source.path} imports ${imported}`),
    );
}

/** The plugin or transport that a file belongs to: the folder below `plugins/` or `transports/`, undefined for what all of them share. */
function moduleOf(path: string): string | undefined {
  return /^(?:plugins|transports)\/([^/]+)\//.exec(path)?.[1];
}

describe("import directions", () => {
  test("the sources are found and read", () => {
    expect(sources.length).toBeGreaterThan(40);
    expect(sources.find(({ path }) => path === "core/main.ts")?.imports).toContain("plugins/index.ts");
    const example = `/** import "./no.ts" */\nimport { a } from "./a.ts"; // from "./no.ts"\nimport type {\n  B,\n} from "b";\nexport * from './c.ts';\nimport "d";\nconst e = await import("./e.ts"), s = "// import('f')";`;
    expect(importsOf("core/x.ts", example)).toEqual(["core/a.ts", "b", "core/c.ts", "d", "core/e.ts", "f"]);
  });

  test("plugins and transports import core/plugin.ts and nothing else of the core", () => {
    const outside = ({ path }: Source) => inFolder(path, "plugins", "transports");
    expect(violations(outside, (imported) => inFolder(imported, "core", "build", "test") && imported !== "core/plugin.ts")).toEqual([]);
  });

  test("plugins and transports import no package, only Node's modules", () => {
    // The teaching plugin imports what its readers will.
    const builtin = (name: string) => name.startsWith("node:") || builtinModules.includes(name) || name === "lodger/plugin";
    const outside = ({ path }: Source) => inFolder(path, "plugins", "transports");
    const known = ["core", "plugins", "transports", "build", "test"];
    expect(violations(outside, (imported) => !inFolder(imported, ...known) && !builtin(imported))).toEqual([]);
  });

  test("a plugin imports no other plugin and no transport", () => {
    const plugin = ({ path }: Source) => inFolder(path, "plugins") && moduleOf(path) !== undefined;
    expect(
      violations(
        plugin,
        (imported, { path }) => inFolder(imported, "plugins", "transports") && dirname(imported).split("/")[1] !== moduleOf(path),
      ),
    ).toEqual([]);
  });

  test("a transport imports no plugin", () => {
    expect(
      violations(
        ({ path }) => inFolder(path, "transports"),
        (imported) => inFolder(imported, "plugins"),
      ),
    ).toEqual([]);
  });

  test("in the core only core/main.ts knows plugins and transports", () => {
    const core = ({ path }: Source) => inFolder(path, "core") && !isMain(path);
    expect(violations(core, (imported) => inFolder(imported, "plugins", "transports") || isMain(imported))).toEqual([]);
  });

  test("core/protocol imports nothing of the core but itself and the catalogue of errors", () => {
    const protocol = ({ path }: Source) => inFolder(path, "core/protocol");
    expect(
      violations(
        protocol,
        (imported) => inFolder(imported, "core") && !inFolder(imported, "core/protocol") && imported !== "core/errors.ts",
      ),
    ).toEqual([]);
  });

  test("nothing that ships imports the build or the tests", () => {
    expect(
      violations(
        ({ path }) => !inFolder(path, "build"),
        (imported) => inFolder(imported, "build", "test"),
      ),
    ).toEqual([]);
  });
});

describe("house rules", () => {
  test(`no file has more than ${MAX_LINES} lines`, () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  test("no program is started through a shell", () => {
    const shell = /\bshell\s*:\s*(?!false\b)|\bexecSync\b|(?<![.\w])exec\s*\(|\bchild_process"\)\.exec\b|\bexec\s*(?:,|\}).*child_process"/;
    expect(sources.filter(({ text }) => shell.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test("no file is named utils", () => {
    const names = globSync("{core,plugins,transports,build,test}/**/*.ts", { cwd: root, exclude: ["**/node_modules/**"] }).map((path) =>
      relative("", path),
    );
    expect(names.filter((path) => /(^|[/-])(utils?|helpers?|common|misc)(\.|\/)/.test(path))).toEqual([]);
  });
});
