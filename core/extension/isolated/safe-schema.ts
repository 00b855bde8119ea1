/**
 * Schemas that an isolated plugin has told. The agent compiles them to code, so it takes only keywords of which it knows what they cost: no
 * regular expression, nothing that refers or loops.
 */

import { isRecord } from "./messages.ts";
import { ProtocolError } from "./protocol-error.ts";
import { isCount } from "./values.ts";

const MAX_DEPTH = 32;
/** Of all schemas of a plugin together. */
const MAX_NODES = 5000;

type Rule = (value: unknown, check: (schema: unknown) => void) => boolean;

const text: Rule = (value) => typeof value === "string";
const yes: Rule = (value) => value === true;
const flag: Rule = (value) => typeof value === "boolean";
const count: Rule = isCount;
const number: Rule = (value) => typeof value === "number" && Number.isFinite(value);
const scalar = (value: unknown) => value === null || typeof value === "boolean" || text(value, nothing) || number(value, nothing);
const texts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === "string");
const nothing = () => undefined;

const one: Rule = (value, check) => {
  check(value);
  return true;
};
const each: Rule = (value, check) => {
  if (!Array.isArray(value) || value.length === 0) return false;
  value.forEach(check);
  return true;
};
const members: Rule = (value, check) => {
  if (!isRecord(value)) return false;
  Object.values(value).forEach(check);
  return true;
};

const TYPES = new Set(["string", "number", "integer", "boolean", "object", "array", "null"]);

const RULES: Readonly<Record<string, Rule>> = {
  type: (value) => (Array.isArray(value) ? value.length > 0 && value.every((item) => TYPES.has(item)) : TYPES.has(value as string)),
  properties: members,
  required: texts,
  additionalProperties: (value, check) => typeof value === "boolean" || one(value, check),
  items: one,
  anyOf: each,
  enum: (value) => Array.isArray(value) && value.length > 0 && value.every(scalar),
  const: scalar,
  default: scalar,
  minLength: count,
  maxLength: count,
  minItems: count,
  maxItems: count,
  minProperties: count,
  maxProperties: count,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  title: text,
  description: text,
  int64: yes,
  uint64: yes,
  double: yes,
  base64: yes,
  plain: yes,
  secret: flag,
  role: (value) => value === "path" || value === "program" || value === "environment",
  alternate: (value) =>
    isRecord(value) &&
    Object.keys(value).every((key) => key === "name" || key === "types" || key === "values") &&
    typeof value.name === "string" &&
    texts(value.values) &&
    Array.isArray(value.types) &&
    value.types.every((type) => type === "integer" || type === "boolean"),
};

/** Checks schemas, all of one plugin with one of these. */
export class SafeSchemas {
  #nodes = 0;

  /**
   * @param where what the schema is of, for an error.
   * @returns the schema.
   * @throws ProtocolError naming the keyword that isn't taken.
   */
  check(schema: unknown, where: string): Readonly<Record<string, unknown>> {
    return this.#check(schema, where, 0);
  }

  #check(schema: unknown, where: string, depth: number): Readonly<Record<string, unknown>> {
    this.#nodes += 1;
    if (!isRecord(schema)) throw new ProtocolError(`${where} is no schema`);
    if (depth > MAX_DEPTH || this.#nodes > MAX_NODES) throw new ProtocolError(`${where} is too large`);
    for (const [keyword, value] of Object.entries(schema)) {
      const rule = Object.hasOwn(RULES, keyword) ? RULES[keyword] : undefined;
      if (!rule) throw new ProtocolError(`${where} has '${keyword}', which an isolated plugin's can't: check that where the command runs`);
      const inner = (part: unknown) => void this.#check(part, where, depth + 1);
      if (!rule(value, inner)) throw new ProtocolError(`${where} has a '${keyword}' that isn't one`);
    }
    return schema;
  }
}
