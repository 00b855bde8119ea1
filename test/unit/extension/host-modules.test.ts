/** Loading plugins' modules from disk: every kind of file, what they import, and what is said of those that can't be loaded. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesOf, importPlugin, ownerOf } from "../../../core/extension/modules.ts";
import { CommandError } from "../../../core/plugin.ts";

let folder: string;
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lodger-modules-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes the files into a folder of their own; the first is the plugin. */
function plugin(files: Readonly<Record<string, string>>): { name: string; file: string; home: string } {
  const name = `p${++count}`;
  const home = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text, { mode: 0o644 });
  }
  return { name, file: join(home, Object.keys(files)[0] ?? ""), home };
}

async function load(files: Readonly<Record<string, string>>): Promise<unknown> {
  const { name, file } = plugin(files);
  return importPlugin(name, file);
}

const ESM = `import { CommandError } from "lodger/plugin"; export default CommandError;`;
const CJS = `const { CommandError } = require("lodger/plugin"); module.exports = CommandError;`;

describe("every kind of file has the agent's own lodger/plugin", () => {
  test.for([
    ["a.mjs", ESM],
    ["a.js", ESM],
    ["a.ts", `${ESM} const typed: number = 1; void typed;`],
    ["a.mts", ESM],
    ["a.cjs", CJS],
    ["a.js", CJS],
    ["a.cts", CJS],
    ["a.ts", `${CJS} const typed: number = 1;`],
    ["a.js", `exports.__esModule = true; exports.default = require("lodger/plugin").CommandError;`],
  ] as const)("%s: %s", async ([file, text]) => {
    expect(await load({ [file]: text })).toBe(CommandError);
  });

  test("what package.json says of a .js file counts", async () => {
    expect(await load({ "a.js": "export default typeof module", "package.json": '{"type":"module"}' })).toBe("undefined");
    expect(await load({ "a.js": "module.exports = typeof module", "package.json": '{"type":"commonjs"}' })).toBe("object");
  });
});

describe("what a plugin imports", () => {
  test("files beside, JSON, Node's modules, npm packages beside, of either kind, and a package's own dependency", async () => {
    const value = await load({
      "index.ts": `import { join } from "node:path"; import a from "./a.ts"; import b from "./lib/b.cjs"; import json from "./j.json" with { type: "json" };
        import esm from "esm-package"; import cjs, { named } from "cjs-package"; import sub from "esm-package/sub";
        export default [join("x", "y"), a, b, json.n, esm, cjs.named, named, sub];`,
      "a.ts": `export default "a" as string;`,
      "lib/b.cjs": `module.exports = "b" + require("../j.json").n + require("cjs-package").named;`,
      "j.json": `{"n": 1}`,
      "node_modules/esm-package/package.json": `{"name":"esm-package","type":"module","exports":{".":"./main.js","./sub":"./sub.js"}}`,
      "node_modules/esm-package/main.js": `export default "esm";`,
      "node_modules/esm-package/sub.js": `import { named } from "cjs-package"; export default "sub of " + named;`,
      "node_modules/cjs-package/package.json": `{"name":"cjs-package","main":"lib"}`,
      "node_modules/cjs-package/lib/index.js": `exports.named = "cjs";`,
    });
    expect(value).toEqual(["x/y", "a", "b1cjs", 1, "esm", "cjs", "cjs", "sub of cjs"]);
  });

  test("import() later, require of an ECMAScript module, and top-level await", async () => {
    const value = (await load({
      "a.mjs": `const later = await import("./b.mjs"); export default async () => [later.default, (await import("./c.cjs")).default.b];`,
      "b.mjs": `export default "b";`,
      "c.cjs": `module.exports = require("./b.mjs");`,
    })) as () => Promise<unknown>;
    expect(await value()).toEqual(["b", undefined]);
  });

  test("through a link, with relative imports from where it leads", async () => {
    const { name, file, home } = plugin({
      "real/a.mjs": `import b from "./b.mjs"; export default b;`,
      "real/b.mjs": `export default "b";`,
    });
    symlinkSync(file, join(home, "link.mjs"));
    expect(await importPlugin(name, join(home, "link.mjs"))).toBe("b");
    expect(ownerOf(file)).toBe(name);
  });
});

describe("what can't be loaded is said in one line", () => {
  test.for<readonly [string, Readonly<Record<string, string>>, RegExp]>([
    ["a syntax error in a module", { "a.mjs": "\nexport default {\n\n  name: = 1 };" }, /\/a\.mjs:4: /],
    ["a syntax error in CommonJS", { "a.cjs": "\n\nmodule.exports = {{;" }, /\/a\.cjs:3: /],
    ["a syntax error in TypeScript", { "a.ts": "\nconst a: = 1;" }, /\/a\.ts:2: /],
    ["a syntax error in a file that it imports", { "a.mjs": 'import "./b.mjs";', "b.mjs": "\nconst = 1;" }, /\/b\.mjs:2: /],
    ["an enum", { "a.ts": "\nenum A { B }\nexport default A;" }, /\/a\.ts:2: TypeScript enum is not supported.*compile the plugin/],
    ["a parameter property", { "a.ts": "export default class { constructor(private a: 1) {} }" }, /\/a\.ts:1: .*compile the plugin/],
    ["a missing package", { "a.mjs": 'import "no-such-package";' }, /Cannot find package 'no-such-package'.*npm install/],
    ["a missing package in CommonJS", { "a.cjs": '\nrequire("no-such-package");' }, /Cannot find module 'no-such-package': install it/],
    ["a missing file", { "a.mjs": 'import "./b.mjs";' }, /b\.mjs.*is the path right/],
    ["a missing export", { "a.mjs": 'import { nothing } from "lodger/plugin";' }, /\/a\.mjs:1: .*'nothing'/],
    ["no default export", { "a.mjs": "export const a = 1;" }, /\/a\.mjs: this exports no plugin: write 'export default/],
    ["a throw", { "a.mjs": '\n\nthrow new Error("no luck\\nat all");' }, /\/a\.mjs:3: it threw while it was loaded: no luck at all$/],
    ["a throw of something else", { "a.mjs": "throw 42;" }, /\/a\.mjs: it threw 42 .*no Error/],
    ["a throw of what can't be shown", { "a.mjs": "throw { toJSON() { throw 1; } };" }, /something that can't be shown/],
    ["a rejection of null", { "a.mjs": "await Promise.reject(null);" }, /it threw null/],
    ["a broken package.json", { "a.js": "export default 1;", "package.json": "{" }, /package\.json/],
  ])("%s", async ([, files, says]) => {
    const { name, file } = plugin(files);
    const { message } = await importPlugin(name, file).then(
      () => new Error("it was loaded"),
      (error: Error) => error,
    );
    expect(message).toMatch(says);
    expect(message).not.toMatch(/\n|\?lodger|file:\/\//);
  });

  test("a module, an imported one, a package's and package.json that others may write to", async () => {
    for (const writable of ["a.mjs", "b.mjs", "node_modules/p/index.js", "node_modules/p/package.json", "package.json"]) {
      const { name, file, home } = plugin({
        "a.mjs": 'import "./b.mjs"; import "p"; export default 1;',
        "b.mjs": "",
        "package.json": "{}",
        "node_modules/p/package.json": '{"name":"p"}',
        "node_modules/p/index.js": "",
      });
      chmodSync(join(home, writable), 0o666);
      await expect(importPlugin(name, file)).rejects.toThrow(`${join(home, writable)}: others than its owner may write to it`);
      expect(await importPlugin(name, file, { untrusted: true })).toBe(1);
    }
  });
});

describe("loading anew", () => {
  test.for([
    ["mjs", "import b from './b.mjs'; export default ", "b.mjs", "export default "],
    ["cjs", "const b = require('./b.cjs'); module.exports = ", "b.cjs", "module.exports = "],
    ["ts", "import b from './b.cjs'; export default ", "b.cjs", "module.exports = "],
  ] as const)("%s: a changed file, its own or an imported one, is read again", async ([ending, head, other, otherHead]) => {
    const { name, file, home } = plugin({ [`a.${ending}`]: `${head} [1, b];`, [other]: `${otherHead} "b";` });
    expect(await importPlugin(name, file)).toEqual([1, "b"]);
    expect(filesOf(name).sort()).toEqual([file, join(home, other)].sort());
    writeFileSync(join(home, other), `${otherHead} "changed";`);
    expect(await importPlugin(name, file)).toEqual([1, "changed"]);
    writeFileSync(file, `${head} [2, b];`);
    expect(await importPlugin(name, file)).toEqual([2, "changed"]);
  });

  test("after an error was put right", async () => {
    const { name, file } = plugin({ "a.mjs": "export default {" });
    await expect(importPlugin(name, file)).rejects.toThrow("a.mjs:1");
    writeFileSync(file, "export default 1;");
    expect(await importPlugin(name, file)).toBe(1);
  });
});
