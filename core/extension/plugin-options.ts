/** The table `[plugins.NAME.options]` -> what the plugin is given: checked by its own schema, with its defaults. */
import { nearest } from "../config/nearest.ts";
import type { Problems } from "../config/problems.ts";
import { originAt, plain } from "../config/toml.ts";
import { createAjv } from "../dispatch/ajv.ts";
import type { AnyPlugin } from "../plugin.ts";
import type { PluginSettings } from "./source.ts";

interface SchemaNode {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** @param problems takes what is wrong, each with its place. @returns the options, for a plugin that has any. */
export function pluginOptions(
  plugin: AnyPlugin,
  { options: table, origin = { file: "lodger.toml" } }: PluginSettings,
  problems: Problems,
): unknown {
  const section = `[plugins.${plugin.name}.options]`;
  const schema: SchemaNode | undefined = plugin.options;
  if (schema === undefined) {
    const [first] = table?.keys() ?? [];
    if (table && first !== undefined)
      problems.error(table.originOf(first), `the plugin '${plugin.name}' has no options: remove ${section}`);
    return {};
  }
  const options = table === undefined ? {} : plain(table);
  const validate = createAjv({ useDefaults: true, messages: true, logger: false }).compile(schema);
  if (validate(options)) return options;
  for (const error of validate.errors ?? []) {
    const pointer = error.instancePath;
    const place = (member = "") =>
      table === undefined ? origin : originAt(table, member === "" ? pointer : `${pointer}/${escaped(member)}`);
    const called = `'${pointer.slice(1).replaceAll("/", ".")}'`;
    const params: Readonly<Record<string, unknown>> = error.params;
    if (typeof params.additionalProperty === "string") {
      const like = nearest(params.additionalProperty, Object.keys(at(schema, pointer)?.properties ?? {}));
      const hint = like === undefined ? "" : `; is '${like}' meant?`;
      problems.error(place(params.additionalProperty), `'${params.additionalProperty}' is unknown in ${section}${hint}`);
    } else if (typeof params.missingProperty === "string") {
      problems.error(place(), `'${params.missingProperty}' is missing in ${section}, and the plugin needs it`);
    } else {
      problems.error(place(), `${called} of ${section} ${expectation(at(schema, pointer), error.keyword, error.message)}`);
    }
  }
  return undefined;
}

function expectation(schema: SchemaNode | undefined, keyword: string, message = "is wrong"): string {
  if (schema?.enum !== undefined) return `has to be one of ${schema.enum.join(", ")}`;
  if (keyword === "int64" || keyword === "uint64") return "has to be an integer";
  if (keyword === "double") return "has to be a number";
  if (keyword === "plain") return "has to be a table";
  return message.replace(/^must/, "has to");
}

/** The schema of what a JSON pointer leads to. */
function at(schema: SchemaNode, pointer: string): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema;
  for (const step of pointer.split("/").slice(1)) {
    node = node?.items ?? node?.properties?.[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return node;
}

function escaped(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}
