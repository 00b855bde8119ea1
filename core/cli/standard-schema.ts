/** A declaration's schema in plain JSON Schema (2020-12): the wire's own types become what any validator knows. */
import type { WireKeywords } from "../schema.ts";

/** What this reads of a TypeBox schema. */
export interface DeclaredSchema extends WireKeywords {
  readonly uint64?: true;
  readonly type?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, DeclaredSchema>>;
  readonly required?: readonly string[];
  readonly items?: DeclaredSchema;
  readonly anyOf?: readonly DeclaredSchema[];
}

export type StandardSchema = Readonly<Record<string, unknown>>;

export function standardSchema(schema: DeclaredSchema): StandardSchema {
  const { description, default: fallback } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...kindOf(schema),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
}

function kindOf(schema: DeclaredSchema): StandardSchema {
  if (schema.int64) return { type: "integer", format: "int64" };
  if (schema.uint64) return { type: "integer", format: "uint64", minimum: 0 };
  if (schema.double) return { type: "number", format: "double" };
  if (schema.base64) return { type: "string", contentEncoding: "base64" };
  if (schema.alternate) return { anyOf: [...schema.alternate.types.map((type) => ({ type })), { enum: [...schema.alternate.values] }] };
  if (schema.anyOf) return { anyOf: schema.anyOf.map(standardSchema) };
  if (schema.const !== undefined) return { const: schema.const };
  if (schema.items) return { type: "array", items: standardSchema(schema.items) };
  if (schema.properties) {
    return {
      type: "object",
      properties: Object.fromEntries(Object.entries(schema.properties).map(([name, member]) => [name, standardSchema(member)])),
      required: [...(schema.required ?? [])],
      additionalProperties: false,
    };
  }
  return { ...(schema.type === undefined ? {} : { type: schema.type }), ...(schema.enum === undefined ? {} : { enum: [...schema.enum] }) };
}
