/**
 * The module `lodger:validators`: a validator for each command in the executable that takes arguments, as plain code.
 * Compiling forty schemas at start costs 130 ms and 20 MB; running what was compiled here costs next to nothing.
 */
import standaloneModule from "ajv/dist/standalone/index.js";
import type { Plugin } from "esbuild";
import type { AnyPlugin } from "../core/plugin.ts";
import { loadAgentSources } from "./agent-sources.ts";
import { root } from "./paths.ts";

const MODULE = "lodger:validators";

// ajv is CommonJS: what Node gives as its default is the module, whose own default is the function.
const standalone = standaloneModule.default;

/** @param added plugins beside the agent's own. */
export function validators(added: readonly AnyPlugin[] = []): Plugin {
  return {
    name: MODULE,
    setup(esbuild) {
      esbuild.onResolve({ filter: new RegExp(`^${MODULE}$`) }, () => ({ path: MODULE, namespace: MODULE }));
      esbuild.onLoad({ filter: /.*/, namespace: MODULE }, async () => ({
        contents: await generate(added),
        loader: "js",
        resolveDir: root,
      }));
    },
  };
}

/** @returns an ECMAScript module; its default export maps a command's name to its validator. */
async function generate(added: readonly AnyPlugin[]): Promise<string> {
  const { builtInPlugins, createAjv, declaredCommands } = await loadAgentSources();
  const ajv = createAjv({ code: { source: true } });
  // Commands may share a declaration of arguments; ajv makes one validator for each declaration.
  const firstWith = new Map<object, string>();
  const shared: string[] = [];
  for (const plugin of [...builtInPlugins, ...added]) {
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
