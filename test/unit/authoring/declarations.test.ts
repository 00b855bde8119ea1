/** The types that authors are given mean what the sources' own types mean: the same code is right with both, and the same mistakes are told. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pluginDeclarations } from "../../../build/declarations.ts";
import { root } from "../../../build/paths.ts";

const PATIENCE_MS = 60_000;
const COMPILER = join(root, "node_modules/typescript/bin/tsc");
const RIGHT = `
import { command, definePlugin, Processes, type Static, Token, Type } from "lodger/plugin";
const Counter = new Token<{ next(): number }>("counter");
const schema = Type.Object({ a: Type.Optional(Type.String()), b: Type.Int64(), c: Type.Array(Type.Enum(["x", "y"])), d: Type.Union([Type.Boolean(), Type.Literal("z")]),
  e: Type.Unsafe<{ own: 1 }>({}), f: Type.Alternate("A", ["integer"], ["set"]), g: Type.Base64(), h: Type.Number({ description: "h" }) });
interface Expected { a?: string; b: number | bigint; c: ("x" | "y")[]; d: boolean | "z"; e: { own: 1 }; f: "set" | number | bigint; g: Uint8Array; h: number }
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
export const same: Same<Static<typeof schema>, Expected> = true;
export default definePlugin({
  name: "right", needs: { processes: Processes }, provides: { counter: Counter }, options: schema,
  start: async (_needs, { options, signal }) => ({ counter: { next: () => (signal.aborted ? 0 : Number(options.b)) } }),
  commands: ({ processes }, host) => [
    command({ name: "guest-a", since: "1", summary: "A.", arguments: Type.Object({ x: Type.Optional(Type.String()) }), returns: Type.Object({ y: Type.String() }),
      run: async ({ x = "" }, { signal }) => ({ y: (await processes.run(x, [host.options.c[0] ?? ""], { signal })).output }) }),
    command({ name: "guest-b", since: "1", summary: "B.", run: () => {} }),
  ],
});
export const started = definePlugin({ name: "started", start: (_needs, host) => host.log.info("here") });
`;
/** Each line marked is an error, and nothing else is. */
const WRONG = `
import { command, definePlugin, Processes, Token, Type } from "lodger/plugin";
const Counter = new Token<{ next(): number }>("counter");
const args = Type.Object({ x: Type.Optional(Type.String()), n: Type.Int64() });
export const a = command({ name: "a", since: "1", summary: "A.", arguments: args, run: ({ x }) => { const text: string = x; return text; } }); // wrong
export const b = command({ name: "b", since: "1", summary: "B.", returns: Type.Object({ y: Type.String() }), run: () => ({ z: 1 }) }); // wrong
export const c = command({ name: "c", since: "1", summary: "C.", arguments: args, run: ({ other }) => other }); // wrong
export const d = definePlugin({ name: "d", needs: { processes: Processes }, commands: ({ files }) => files }); // wrong
export const e = definePlugin({ name: "e", provides: { counter: Counter }, start: () => ({ counter: 1 }) }); // wrong
export const f = definePlugin({ name: "f", options: args, start: (_n, host) => void host.options.y }); // wrong
export const g = definePlugin({ version: "1" }); // wrong
export const h = Type.String({ role: "paths" }); // wrong
export const i = command({ name: "i", since: "1", summary: "I.", profile: "all", run: () => {} }); // wrong
export const j = command({ name: "j", since: "1", summary: "J.", arguments: Type.String(), run: () => {} }); // wrong
`;
/** TypeBox takes anything for a schema, and so the sources do. */
const NO_SCHEMA = `import { Type } from "lodger/plugin";
export const k = Type.Object({ x: "text" }); // wrong
`;

describe("lodger-plugin.d.ts", () => {
  let folder: string;
  let text: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "lodger-types-"));
    text = await pluginDeclarations();
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    writeFileSync(join(folder, "lodger-plugin.d.ts"), text);
    writeFileSync(join(folder, "right.ts"), RIGHT);
    writeFileSync(join(folder, "wrong.ts"), WRONG);
  }, PATIENCE_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** @returns what the compiler says. */
  function compile(files: readonly string[], options: object = {}): string {
    const own = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")).compilerOptions;
    const compilerOptions = {
      ...own,
      skipLibCheck: false,
      typeRoots: [join(root, "node_modules/@types")],
      noUnusedLocals: false,
      ...options,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    return spawnSync(process.execPath, [COMPILER, "-p", folder, "--pretty", "false"], { encoding: "utf8" }).stdout;
  }

  const FROM_SOURCES = { paths: { "lodger/plugin": [join(root, "core/plugin.ts")] }, noUnusedParameters: false, skipLibCheck: true };
  const wrongLines = (output: string) => new Set(Array.from(output.matchAll(/wrong\.ts\((\d+),/g), ([, line]) => Number(line)));

  test("takes all of lodger's own plugins and transports, and the examples", { timeout: PATIENCE_MS }, () => {
    const files = globSync(["plugins/**/*.ts", "transports/**/*.ts", "examples/systemd-units/*.ts"], { cwd: root });
    for (const file of files) {
      mkdirSync(join(folder, file, ".."), { recursive: true });
      cpSync(join(root, file), join(folder, file));
      const source = readFileSync(join(folder, file), "utf8");
      writeFileSync(join(folder, file), source.replaceAll(/"(?:\.\.\/)+core\/plugin\.ts"/g, '"lodger/plugin"'));
    }
    expect(files.length).toBeGreaterThan(40);
    expect(compile(["lodger-plugin.d.ts", ...files])).toBe("");
  });

  test.each([
    ["the file", ["lodger-plugin.d.ts"], {}],
    ["the sources", [], FROM_SOURCES],
  ])("says the same as %s", { timeout: PATIENCE_MS }, (_, types, options) => {
    expect(compile([...types, "right.ts"], options)).toBe("");
    const expected = WRONG.split("\n").flatMap((line, index) => (line.endsWith("// wrong") ? [index + 1] : []));
    const told = wrongLines(compile([...types, "wrong.ts"], options));
    expect([...told].sort((one, other) => one - other)).toEqual(expected);
  });

  test("tells also what is no schema", { timeout: PATIENCE_MS }, () => {
    writeFileSync(join(folder, "wrong.ts"), NO_SCHEMA);
    expect([...wrongLines(compile(["lodger-plugin.d.ts", "wrong.ts"]))]).toEqual([2]);
  });

  test("needs no other types, not even Node's", { timeout: PATIENCE_MS }, () => {
    expect(compile(["lodger-plugin.d.ts"], { types: [], lib: ["es2023", "dom"], target: "es2022" })).toBe("");
    const imported = Array.from(text.matchAll(/^\s*import .* from "([^"]+)"/gm), ([, name]) => name);
    expect(new Set(imported)).toEqual(new Set(["lodger/plugin"]));
  });

  test("has what the sources publish, and nothing else", () => {
    const own = execFileSync(
      process.execPath,
      ["--input-type=module", "-e", `console.log(Object.keys(await import(${JSON.stringify(join(root, "core/plugin.ts"))})).join())`],
      { encoding: "utf8" },
    );
    const [, plugin = ""] = /^declare module "lodger\/plugin" \{$([\s\S]*?)^\}$/m.exec(text) ?? [];
    const values = Array.from(plugin.matchAll(/^ {2}export (?:const|function|class) (\w+)/gm), ([, name]) => name);
    expect(values.sort()).toEqual(own.trim().split(",").sort());
  });
});
