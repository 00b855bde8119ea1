/** A table of lodger.toml as all files together have it, with what every key may be. */
import { nearest } from "./nearest.ts";
import { type Origin, originText, type Problems } from "./problems.ts";
import { TomlList, TomlScalar, TomlTable, type TomlValue } from "./toml.ts";
import { parseSize, SIZE_HINT } from "./units.ts";

/** What was written, and where. */
export interface Found<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** @returns a value, or an error: how the key's value has to be. */
export type Read<T> = (value: TomlValue) => { readonly is: T } | { readonly hasToBe: string };

export class Section {
  readonly #name: string;
  readonly #tables: readonly TomlTable[];
  readonly #problems: Problems;
  readonly #known = new Set<string>();

  /**
   * @param name as an error calls it: "[audit]"; empty for the whole file.
   * @param tables one of each file that has it.
   */
  constructor(name: string, tables: readonly TomlTable[], problems: Problems) {
    this.#name = name;
    this.#tables = tables;
    this.#problems = problems;
  }

  get origin(): Origin | undefined {
    return this.#tables[0]?.origin;
  }

  /** Every name that stands in it. */
  keys(): string[] {
    return [...new Set(this.#tables.flatMap((table) => table.keys()))];
  }

  /** A value on which all files have to agree. */
  one<T extends string | number | boolean>(key: string, read: Read<T>): Found<T> | undefined {
    const [first, ...others] = this.#read(key, read);
    for (const { value, origin } of others) {
      if (value === first?.value) continue;
      const elsewhere = first === undefined ? "" : originText(first.origin);
      this.#problems.error(origin, `${this.#called(key)} says something else in ${elsewhere}: leave one of them out`);
    }
    return first;
  }

  /** The texts of all files: a list, or one alone. */
  list(key: string): readonly Found<string>[] {
    this.#known.add(key);
    return this.#tables.flatMap((table) => {
      const value = table.get(key);
      if (value instanceof TomlList) return value.items.flatMap((item) => this.#take(key, item, item.origin, text));
      return value === undefined ? [] : this.#take(key, value, table.originOf(key), listAlone);
    });
  }

  /** The tables below this name. */
  tables(key: string): readonly TomlTable[] {
    this.#known.add(key);
    return this.#tables.flatMap((table) => {
      const value = table.get(key);
      if (value === undefined) return [];
      if (value instanceof TomlTable) return [value];
      this.#problems.error(
        table.originOf(key),
        `${this.#called(key)} has to be a table, not ${described(value)}: write [${this.#inside(key)}]`,
      );
      return [];
    });
  }

  /**
   * Every key that nobody has asked for is an error.
   * @param advice what to do about a key, where more is known than which other one is alike.
   */
  refuseOthers(advice: (key: string) => string | undefined = () => undefined): void {
    for (const table of this.#tables) {
      for (const key of table.keys()) {
        if (this.#known.has(key)) continue;
        const like = nearest(key, this.#known);
        const others = this.#known.size <= 8 ? `; there ${this.#known.size === 1 ? "is" : "are"} ${[...this.#known].join(", ")}` : "";
        const isTable = table.get(key) instanceof TomlTable;
        const what = isTable ? `[${this.#inside(key)}]` : `'${key}'`;
        const where = this.#name === "" ? "" : ` in ${this.#name}`;
        const hint = (isTable ? undefined : advice(key)) ?? (like === undefined ? others : `; is '${like}' meant?`);
        this.#problems.error(table.originOf(key), `${what} is unknown${where}${hint}`);
      }
    }
  }

  #read<T>(key: string, read: Read<T>): Found<T>[] {
    this.#known.add(key);
    return this.#tables.flatMap((table) => {
      const value = table.get(key);
      return value === undefined ? [] : this.#take(key, value, table.originOf(key), read);
    });
  }

  #take<T>(key: string, value: TomlValue, origin: Origin, read: Read<T>): Found<T>[] {
    const result = read(value);
    if ("is" in result) return [{ value: result.is, origin }];
    this.#problems.error(origin, `${this.#called(key)} is ${described(value)}: ${result.hasToBe}`);
    return [];
  }

  #called(key: string): string {
    return this.#name === "" ? `'${key}'` : `'${key}' of ${this.#name}`;
  }

  #inside(key: string): string {
    return this.#name === "" ? key : `${this.#name.slice(1, -1)}.${key}`;
  }
}

export const flag: Read<boolean> = (value) =>
  value instanceof TomlScalar && typeof value.value === "boolean" ? { is: value.value } : { hasToBe: "write true or false" };

export const text: Read<string> = (value) => {
  if (!(value instanceof TomlScalar) || typeof value.value !== "string") return { hasToBe: "write a text in quotes" };
  return value.value.includes("\0") ? { hasToBe: "leave the NUL character out" } : { is: value.value };
};

const listAlone: Read<string> = (value) => {
  const result = text(value);
  if (!("is" in result)) return { hasToBe: 'write a list, such as ["a", "b"]' };
  return result.is.includes(",") ? { hasToBe: 'write more than one as a list: ["a", "b"]' } : result;
};

/** A whole number in these bounds. */
export function whole(least: number, most: number): Read<number> {
  return (value) => {
    const number = value instanceof TomlScalar && value.kind === "integer" ? Number(value.value) : Number.NaN;
    return number >= least && number <= most ? { is: number } : { hasToBe: `write a whole number from ${least} to ${most}` };
  };
}

/** Seconds, also parts of one. @returns milliseconds. */
export function seconds(most: number): Read<number> {
  return (value) => {
    const number = value instanceof TomlScalar && typeof value.value === "number" ? value.value : Number.NaN;
    return number > 0 && number <= most
      ? { is: Math.ceil(number * 1000) }
      : { hasToBe: `write a number of seconds, more than 0 and at most ${most}` };
  };
}

/** @returns bytes. */
export function size(least: string, most: string): Read<number> {
  return (value) => {
    const bytes = value instanceof TomlScalar && typeof value.value === "string" ? parseSize(value.value) : undefined;
    if (bytes === undefined) return { hasToBe: SIZE_HINT };
    if (bytes >= (parseSize(least) ?? 0) && bytes <= (parseSize(most) ?? 0)) return { is: bytes };
    return { hasToBe: `write one from ${least} to ${most}` };
  };
}

/** A value for an error. */
export function described(value: TomlValue): string {
  if (value instanceof TomlTable) return "a table";
  if (value instanceof TomlList) return "a list";
  if (value.kind === "date") return "a date";
  const shown = typeof value.value === "string" ? JSON.stringify(value.value) : String(value.value);
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}
