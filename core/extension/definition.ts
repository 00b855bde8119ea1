/** Everything that is wrong with a plugin's definition, at once: for loading it, and for `lodger plugin check`. */
import { nearest } from "../config/nearest.ts";
import { declaredCommands } from "../declared-commands.ts";
import { type AnyPlugin, PLUGIN_API } from "../plugin.ts";
import { commandProblems } from "./definition-command.ts";
import { isRecord, type Kind, kindProblems, schemaProblem } from "./definition-kinds.ts";
import { thrownText } from "./module-errors.ts";
import { isName, NAME_RULE } from "./names.ts";

const MEMBERS: Readonly<Record<keyof AnyPlugin, Kind>> = {
  name: "text",
  version: "text",
  summary: "text",
  api: "number",
  needs: "tokens",
  provides: "tokens",
  after: "names",
  options: "schema",
  start: "function",
  stop: "function",
  commands: "function",
  transports: "function",
};

/**
 * @param definition what a module exports as its default.
 * @param fileName what its file is called, without the ending.
 * @param taken commands that there are already, and whose they are.
 * @returns one line each; none if the plugin may be loaded.
 */
export function problemsOf(definition: unknown, fileName: string, taken: ReadonlyMap<string, string> = new Map()): string[] {
  try {
    return problems(definition, fileName, taken);
  } catch (error) {
    return [`its definition can't be read: ${thrownText(error)}`];
  }
}

function problems(definition: unknown, fileName: string, taken: ReadonlyMap<string, string>): string[] {
  if (definition instanceof Promise) return ["its default export is a promise: write 'export default await …'"];
  if (!isRecord(definition)) {
    return [`its default export is ${definition === null ? "null" : `a ${typeof definition}`}: write 'export default definePlugin({ … })'`];
  }
  const found = [...nameProblems(definition.name, fileName), ...kindProblems(definition, MEMBERS, "the plugin")];
  for (const member of Object.keys(definition)) {
    if (Object.hasOwn(MEMBERS, member)) continue;
    const like = nearest(member, Object.keys(MEMBERS));
    found.push(`the plugin has an unknown member '${member}'${like === undefined ? "" : `: is '${like}' meant?`}`);
  }
  const { api } = definition;
  if (typeof api === "number" && api !== PLUGIN_API) {
    found.push(
      `it was written for version ${api} of lodger/plugin, and this lodger has version ${PLUGIN_API}: get one of the plugin's that fits`,
    );
  }
  if (isRecord(definition.options)) {
    const problem = definition.options.type === "object" ? schemaProblem(definition.options) : "it has to be a Type.Object({ … })";
    if (problem !== undefined) found.push(`'options' of the plugin is no usable schema: ${problem}`);
  }
  if (isRecord(definition.provides) && Object.keys(definition.provides).length > 0 && definition.start === undefined) {
    found.push("the plugin has 'provides' and no 'start', which would return what it provides");
  }
  if (!["commands", "transports", "provides", "start"].some((member) => definition[member] !== undefined)) {
    found.push("the plugin does nothing: it has no 'commands', no 'transports', no 'start'");
  }
  if (typeof definition.commands === "function") found.push(...allCommands(definition as unknown as AnyPlugin, taken));
  return found;
}

function nameProblems(name: unknown, fileName: string): string[] {
  if (typeof name !== "string") return ["the plugin lacks a 'name'"];
  if (!isName(name)) return [`'${name}' is no plugin's name: use ${NAME_RULE}`];
  if (name !== fileName) return [`the plugin calls itself '${name}' and its file '${fileName}': make them the same`];
  return [];
}

function allCommands(plugin: AnyPlugin, taken: ReadonlyMap<string, string>): string[] {
  let commands: unknown;
  try {
    commands = declaredCommands(plugin);
  } catch (error) {
    return [thrownText(error).replace(/^plugin \S+: /, "")];
  }
  if (commands instanceof Promise) {
    commands.catch(() => undefined);
    return ["'commands' returns a promise: it has to return the list itself, so write it without 'async'"];
  }
  if (!Array.isArray(commands)) return ["'commands' has to return a list: ({ … }) => [command({ … })]"];
  const seen = new Set<string>();
  return commands.flatMap((one: unknown, index) => {
    const found = commandProblems(one, index);
    if (!isRecord(one) || typeof one.name !== "string") return found;
    const owner = taken.get(one.name);
    if (owner !== undefined) found.push(`the command ${one.name} is there already, in the plugin '${owner}': give this one another name`);
    if (seen.has(one.name)) found.push(`the command ${one.name} is declared twice`);
    seen.add(one.name);
    return found;
  });
}
