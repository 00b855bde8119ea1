/** What a manifest says of arguments and result -> the schema that a command declares. */
import type { Problems } from "../../config/problems.ts";
import { flag, Section, text } from "../../config/section.ts";
import { TomlScalar, TomlTable, type TomlValue } from "../../config/toml.ts";
import { type Notes, type TSchema, Type } from "../../schema.ts";
import { oneOf, plainScalar } from "./values.ts";

const SCALARS = ["string", "integer", "number", "boolean", "bytes"] as const;
const TYPES = [...SCALARS, "list", "object"] as const;
type TypeName = (typeof TYPES)[number];

/** What only arguments have: what the admin's rules do with them, and what stands in for one that isn't given. */
export type Side = "arguments" | "returns";

export type DefaultValue = string | number | boolean;

export interface Member {
  readonly schema: TSchema;
  readonly optional: boolean;
  readonly default: DefaultValue | undefined;
}

const MEMBER_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** The table `[arguments]`, or `members` of an object: a table for each member. What is wrong is left out, and told. */
export function readMembers(table: TomlTable, where: string, side: Side, problems: Problems): Map<string, Member> {
  const members = new Map<string, Member>();
  for (const name of table.keys()) {
    const value = table.get(name);
    const path = `${where}.${name}`;
    if (!MEMBER_NAME.test(name)) {
      problems.error(table.originOf(name), `'${name}' is no name: write letters, digits, '-' and '_', a letter first, at most 64`);
    } else if (!(value instanceof TomlTable)) {
      problems.error(table.originOf(name), `'${path}' has to be a table with its type: [${path}] and below it type = "string"`);
    } else {
      const member = readMember(value, path, side, problems);
      if (member !== undefined) members.set(name, member);
    }
  }
  return members;
}

/** One value: the table `[returns]`, or `items` of a list. */
export function readValue(table: TomlTable, where: string, side: Side, problems: Problems): TSchema | undefined {
  const place = { table, where, side, problems, section: new Section(`[${where}]`, [table], problems) };
  const schema = readSchema(place, {});
  place.section.refuseOthers(elsewhere);
  return schema;
}

export function objectOf(members: ReadonlyMap<string, Member>, notes: Notes = {}) {
  const entries = Array.from(members, ([name, { schema, optional }]) => [name, optional ? Type.Optional(schema) : schema] as const);
  return Type.Object(Object.fromEntries(entries), notes);
}

/** A table that says what a value is. */
interface Place {
  readonly table: TomlTable;
  /** "arguments.path" */
  readonly where: string;
  readonly side: Side;
  readonly problems: Problems;
  readonly section: Section;
}

function readMember(table: TomlTable, where: string, side: Side, problems: Problems): Member | undefined {
  const section = new Section(`[${where}]`, [table], problems);
  const optional = section.one("optional", flag)?.value ?? false;
  const standIn = side === "arguments" ? section.one("default", plainScalar) : undefined;
  const schema = readSchema({ table, where, side, problems, section }, standIn === undefined ? {} : { default: standIn.value });
  if (standIn !== undefined && schema !== undefined && !takes(schema, standIn.value, table.get("default"))) {
    problems.error(standIn.origin, `'default' of [${where}] is no value that this argument can have: change it, or leave it out`);
  }
  section.refuseOthers(elsewhere);
  return schema && { schema, optional: optional || standIn !== undefined, default: standIn?.value };
}

function readSchema(place: Place, more: Notes): TSchema | undefined {
  const { section, side, where, problems } = place;
  const description = section.one("description", text)?.value;
  const secret = section.one("secret", flag)?.value ?? false;
  const role = side === "arguments" ? section.one("role", oneOf(["path", "program", "environment"])) : undefined;
  const type = typeOf(place);
  const notes: Notes = {
    ...more,
    ...(description === undefined ? {} : { description }),
    ...(secret ? { secret: true } : {}),
    ...(role === undefined ? {} : { role: role.value }),
  };
  const schema = type && build(type, place, notes);
  if (role !== undefined && schema !== undefined && !isText(schema)) {
    problems.error(role.origin, `'role' of [${where}] is for a text or a list of texts: leave it out`);
  }
  return schema;
}

/** Keys that this table doesn't have, but one of another type, or of an argument. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["enum", "it is for a string"],
  ["items", "it is for a list"],
  ["members", "it is for an object"],
  ["default", "it is for an argument"],
  ["role", "it is for an argument"],
  ["optional", "it is for an argument, or a member of an object"],
]);

function elsewhere(key: string): string | undefined {
  const text = ELSEWHERE.get(key);
  return text && `: ${text}`;
}

/** What can be seen from the other keys need not be said. */
function typeOf({ section, table, where, problems }: Place): TypeName | undefined {
  const type = section.one("type", oneOf(TYPES));
  const keys = section.keys();
  if (type !== undefined || keys.includes("type")) return type?.value;
  if (keys.includes("enum")) return "string";
  if (keys.includes("items")) return "list";
  if (keys.includes("members")) return "object";
  problems.error(table.origin, `'type' of [${where}] is missing: write one of ${TYPES.join(", ")}`);
  return undefined;
}

function build(type: TypeName, place: Place, notes: Notes): TSchema | undefined {
  const { section, table, where, side, problems } = place;
  if (type === "list") return listOf(place, notes);
  if (type === "object") {
    const [members] = section.tables("members");
    if (members !== undefined) return objectOf(readMembers(members, `${where}.members`, side, problems), notes);
    problems.error(table.origin, `[${where}] is an object without members: write [${where}.members.NAME] for each`);
    return undefined;
  }
  if (type !== "string" || !section.keys().includes("enum")) return scalar(type, notes);
  const values = section.list("enum").map(({ value }) => value);
  if (values.length > 0 && new Set(values).size === values.length) return Type.Enum(values, notes);
  problems.error(table.originOf("enum"), `'enum' of [${where}] needs at least one text, and none twice`);
  return undefined;
}

function listOf({ section, table, where, side, problems }: Place, notes: Notes): TSchema | undefined {
  if (table.get("items") instanceof TomlTable) {
    const schema = section.tables("items").map((items) => readValue(items, `${where}.items`, side, problems))[0];
    return schema && Type.Array(schema, notes);
  }
  const type = section.one("items", oneOf(SCALARS))?.value;
  if (!section.keys().includes("items")) {
    problems.error(table.origin, `[${where}] is a list of what? write items = "string", or a table [${where}.items]`);
  }
  return type && Type.Array(scalar(type, {}), notes);
}

function scalar(type: (typeof SCALARS)[number], notes: Notes): TSchema {
  switch (type) {
    case "string":
      return Type.String(notes);
    case "integer":
      return Type.Int64(notes);
    case "number":
      return Type.Number(notes);
    case "boolean":
      return Type.Boolean(notes);
    case "bytes":
      return Type.Base64(notes);
  }
}

/** What of a schema is looked at here. */
interface Node {
  readonly type?: string;
  readonly int64?: true;
  readonly double?: true;
  readonly enum?: readonly string[];
  readonly items?: Node;
}

function isText(schema: TSchema): boolean {
  const { type, items }: Node = schema;
  return type === "string" || (type === "array" && items?.type === "string");
}

function takes(schema: TSchema, value: DefaultValue, written: TomlValue | undefined): boolean {
  const { type, int64, double, enum: values }: Node = schema;
  const kind = written instanceof TomlScalar ? written.kind : undefined;
  if (int64) return kind === "integer";
  if (double) return typeof value === "number";
  if (values) return values.some((known) => known === value);
  return type === kind;
}
