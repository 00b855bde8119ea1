/** TOML with the place of everything, so that an error can name the line. */
import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import type { Origin, Problems } from "./problems.ts";

export type TomlValue = TomlTable | TomlList | TomlScalar;

/** A string, a number (an integer that doesn't fit one is a bigint), true or false, or a date. */
export class TomlScalar {
  readonly value: string | number | bigint | boolean | Date;
  /** Tells 1 from 1.0. */
  readonly kind: "string" | "integer" | "float" | "boolean" | "date";
  readonly origin: Origin;

  constructor(value: TomlScalar["value"], kind: TomlScalar["kind"], origin: Origin) {
    this.value = value;
    this.kind = kind;
    this.origin = origin;
  }
}

export class TomlList {
  readonly items: TomlValue[] = [];
  readonly origin: Origin;

  constructor(origin: Origin) {
    this.origin = origin;
  }
}

export class TomlTable {
  readonly origin: Origin;
  readonly #members = new Map<string, { readonly value: TomlValue; readonly origin: Origin }>();

  constructor(origin: Origin) {
    this.origin = origin;
  }

  keys(): string[] {
    return [...this.#members.keys()];
  }

  get(key: string): TomlValue | undefined {
    return this.#members.get(key)?.value;
  }

  /** Where the key stands; the table's own place without such a key. */
  originOf(key: string): Origin {
    return this.#members.get(key)?.origin ?? this.origin;
  }

  set(key: string, value: TomlValue, origin: Origin): void {
    this.#members.set(key, { value, origin });
  }
}

/** @returns undefined if it is no TOML, which `problems` then says. */
export function parseToml(bytes: Uint8Array, file: string, problems: Problems): TomlTable | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    problems.error({ file }, "this is not UTF-8: save the file as UTF-8");
    return undefined;
  }
  try {
    const [top] = parseTOML(text, { tomlVersion: "1.0" }).body;
    return document(top, file);
  } catch (error) {
    if (error instanceof TooDeep) problems.error(error.origin, error.message);
    else if (error instanceof ParseError) problems.error({ file, line: error.lineNumber }, `this is no TOML: ${error.message}`);
    else if (error instanceof RangeError)
      problems.error({ file }, TOO_DEEP); // the parser's own recursion has had no room
    else throw error;
    return undefined;
  }
}

/** Whoever walks through a value may do so by recursion. */
const MAX_DEPTH = 64;
const TOO_DEEP = `lists and tables are nested more than ${MAX_DEPTH} deep here: make them flatter`;

class TooDeep extends Error {
  readonly origin: Origin;

  constructor(origin: Origin) {
    super(TOO_DEEP);
    this.origin = origin;
  }
}

/** Plain data, as a schema is checked against it. */
export function plain(value: TomlValue): unknown {
  if (value instanceof TomlScalar) return value.value;
  if (value instanceof TomlList) return value.items.map(plain);
  return Object.fromEntries(value.keys().map((key) => [key, plain(value.get(key) as TomlValue)]));
}

/** The place of what a JSON pointer leads to, or of the last thing on the way that is there. */
export function originAt(value: TomlValue, pointer: string): Origin {
  let at: TomlValue = value;
  let { origin } = at;
  for (const step of pointer.split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    const next: TomlValue | undefined =
      at instanceof TomlTable ? at.get(name) : at instanceof TomlList ? at.items[Number(name)] : undefined;
    if (next === undefined) return origin;
    origin = at instanceof TomlTable ? at.originOf(name) : next.origin;
    at = next;
  }
  return origin;
}

function document(top: AST.TOMLTopLevelTable, file: string): TomlTable {
  const root = new TomlTable({ file, line: 1 });
  for (const node of top.body) {
    if (node.type === "TOMLKeyValue") {
      assign(root, node, file, 0);
      continue;
    }
    const names = node.key.keys.map(nameOf);
    const origin = originOf(node, file);
    if (names.length > MAX_DEPTH) throw new TooDeep(origin);
    const table = node.kind === "array" ? append(root, names, origin) : descend(root, names, origin);
    for (const member of node.body) assign(table, member, file, names.length);
  }
  return root;
}

function assign(table: TomlTable, { key, value }: AST.TOMLKeyValue, file: string, depth: number): void {
  const names = key.keys.map(nameOf);
  const origin = originOf(key, file);
  const inside = depth + names.length;
  if (inside > MAX_DEPTH) throw new TooDeep(origin);
  descend(table, names.slice(0, -1), origin).set(names.at(-1) ?? "", content(value, file, inside), origin);
}

function content(node: AST.TOMLContentNode, file: string, depth: number): TomlValue {
  const origin = originOf(node, file);
  if (depth > MAX_DEPTH) throw new TooDeep(origin);
  if (node.type === "TOMLArray") {
    const list = new TomlList(origin);
    for (const element of node.elements) list.items.push(content(element, file, depth + 1));
    return list;
  }
  if (node.type === "TOMLInlineTable") {
    const table = new TomlTable(origin);
    for (const member of node.body) assign(table, member, file, depth);
    return table;
  }
  if (node.kind === "integer") {
    return new TomlScalar(Number.isSafeInteger(node.value) ? node.value : node.bigint, "integer", origin);
  }
  if (node.kind === "string" || node.kind === "float" || node.kind === "boolean") return new TomlScalar(node.value, node.kind, origin);
  return new TomlScalar(node.value, "date", origin);
}

/** The table at the end of the names, made where it is missing; of a list of tables, the last. */
function descend(from: TomlTable, names: readonly string[], origin: Origin): TomlTable {
  let table = from;
  for (const name of names) {
    let next = table.get(name);
    if (next === undefined) {
      next = new TomlTable(origin);
      table.set(name, next, origin);
    }
    if (next instanceof TomlList) next = next.items.at(-1);
    if (!(next instanceof TomlTable)) throw new TypeError(`the parser let a table follow the value '${name}'`);
    table = next;
  }
  return table;
}

/** A new table at the end of a list of tables. */
function append(from: TomlTable, names: readonly string[], origin: Origin): TomlTable {
  const parent = descend(from, names.slice(0, -1), origin);
  const name = names.at(-1) ?? "";
  let list = parent.get(name);
  if (!(list instanceof TomlList)) {
    list = new TomlList(origin);
    parent.set(name, list, origin);
  }
  const table = new TomlTable(origin);
  list.items.push(table);
  return table;
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function originOf(node: AST.TOMLNode, file: string): Origin {
  return { file, line: node.loc.start.line };
}
