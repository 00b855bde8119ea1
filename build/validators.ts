/**
 * The module `lodger:validators`: a validator for each built-in command that takes arguments, as plain code.
 * Compiling forty schemas at start costs 130 ms and 20 MB; running what was compiled here costs next to nothing.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Ajv, Options } from "ajv";
import standaloneModule from "ajv/dist/standalone/index.js";
import { build, type Plugin } from "esbuild";
import type { AnyCommand, AnyPlugin } from "../core/plugin.ts";
import { cache, root } from "./paths.ts";

/** What the generated module is made from, as the agent's own sources export it. */
interface Declarations {
  readonly builtInPlugins: readonly AnyPlugin[];
  readonly createAjv: (options?: Options) => Ajv;
  readonly declaredCommands: (plugin: AnyPlugin) => readonly AnyCommand[];
}

const MODULE = "lodger:validators";
const DECLARATIONS = `
  export { builtInPlugins } from "./plugins/index.ts";
  export { createAjv } from "./core/dispatch/ajv.ts";
  export { declaredCommands } from "./core/declared-commands.ts";
`;

// ajv is CommonJS: what Node gives as its default is the module, whose own default is the function.
const standalone = standaloneModule.default;

export function validators(): Plugin {
  return {
    name: MODULE,
    setup(esbuild) {
      esbuild.onResolve({ filter: new RegExp(`^${MODULE}$`) }, () => ({ path: MODULE, namespace: MODULE }));
      esbuild.onLoad({ filter: /.*/, namespace: MODULE }, async () => ({ contents: await generate(), loader: "js", resolveDir: root }));
    },
  };
}

/** @returns an ECMAScript module; its default export maps a command's name to its validator. */
async function generate(): Promise<string> {
  const { builtInPlugins, createAjv, declaredCommands } = await loadDeclarations();
  const ajv = createAjv({ code: { source: true } });
  // Commands may share a declaration of arguments; ajv makes one validator for each declaration.
  const firstWith = new Map<object, string>();
  const shared: string[] = [];
  for (const plugin of builtInPlugins) {
    for (const command of declaredCommands(plugin)) {
      if (command.arguments === undefined) continue;
      const first = firstWith.get(command.arguments);
      if (first === undefined) {
        firstWith.set(command.arguments, command.name);
        ajv.addSchema(command.arguments, command.name);
      } else {
        shared.push(`exports[${JSON.stringify(command.name)}] = exports[${JSON.stringify(first)}];`);
      }
    }
  }
  const names = Object.fromEntries([...firstWith.values()].map((name) => [name, name]));
  return ["const exports = {};", standalone(ajv, names), ...shared, "export default exports;", ""].join("\n");
}

/** The declarations are TypeScript with decorators around them, which Node alone doesn't run. */
async function loadDeclarations(): Promise<Declarations> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "declarations-"));
  try {
    const outfile = join(folder, "declarations.mjs");
    await build({
      absWorkingDir: root,
      stdin: { contents: DECLARATIONS, resolveDir: root, sourcefile: "declarations.ts", loader: "ts" },
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node24",
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true, verbatimModuleSyntax: true } },
      // ajv must be the very one that `standalone` belongs to.
      packages: "external",
      external: [MODULE],
      logLevel: "warning",
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
