/** A table of the policy's, key by key, with everything that is wrong with it told. */
import { nearest } from "../config/nearest.ts";
import type { Origin, Problems } from "../config/problems.ts";
import { described } from "../config/section.ts";
import { TomlList, TomlScalar, TomlTable, type TomlValue } from "../config/toml.ts";

/** A text, and where it stands. */
export interface Written {
  readonly text: string;
  readonly origin: Origin;
}

export class Table {
  readonly problems: Problems;
  readonly origin: Origin;
  readonly #name: string;
  readonly #table: TomlTable;

  /** @param name as an error calls it. @param known its keys: any other is an error. */
  constructor(name: string, table: TomlTable, known: readonly string[], problems: Problems) {
    this.#name = name;
    this.#table = table;
    this.problems = problems;
    this.origin = table.origin;
    for (const key of table.keys()) {
      if (known.includes(key)) continue;
      const like = nearest(key, known);
      const hint = like === undefined ? `there are ${known.join(", ")}` : `is '${like}' meant?`;
      this.error(table.originOf(key), `'${key}' is unknown in ${name}; ${hint}`);
    }
  }

  get(key: string): TomlValue | undefined {
    return this.#table.get(key);
  }

  originOf(key: string): Origin {
    return this.#table.originOf(key);
  }

  error(origin: Origin, text: string): undefined {
    this.problems.error(origin, text);
    return undefined;
  }

  /** @param hasToBe what to write instead. */
  wrong(key: string, hasToBe: string): undefined {
    const value = this.get(key);
    return this.error(this.originOf(key), `'${key}' of ${this.#name} is ${value === undefined ? "missing" : described(value)}: ${hasToBe}`);
  }

  text(key: string, hasToBe: string): Written | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (value instanceof TomlScalar && typeof value.value === "string") return { text: value.value, origin: this.originOf(key) };
    return this.wrong(key, hasToBe);
  }

  /** A list of scalars, or one alone. @returns undefined if there is none, or what there is is no such list. */
  scalars(key: string, hasToBe: string): readonly TomlScalar[] | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (value instanceof TomlScalar) return [value];
    if (value instanceof TomlTable) return this.wrong(key, hasToBe);
    const items = value.items.filter((item) => item instanceof TomlScalar);
    for (const item of value.items) {
      if (!(item instanceof TomlScalar)) this.error(item.origin, `'${key}' of ${this.#name} has ${described(item)} in it: ${hasToBe}`);
    }
    return items;
  }

  /** A list of texts, or one alone; an empty list is an error unless it means something. */
  texts(key: string, hasToBe: string, mayBeEmpty = false): readonly Written[] | undefined {
    const scalars = this.scalars(key, hasToBe);
    if (scalars === undefined) return undefined;
    const value = this.get(key);
    if (!mayBeEmpty && value instanceof TomlList && value.items.length === 0) {
      return this.error(this.originOf(key), `'${key}' of ${this.#name} is an empty list: ${hasToBe}, or leave it out`);
    }
    return scalars.flatMap(({ value: text, origin }) => {
      if (typeof text === "string") return [{ text, origin }];
      this.error(origin, `'${key}' of ${this.#name} has ${String(text)} in it: ${hasToBe}`);
      return [];
    });
  }

  table(key: string, hasToBe: string): TomlTable | undefined {
    const value = this.get(key);
    if (value === undefined || value instanceof TomlTable) return value;
    return this.wrong(key, hasToBe);
  }

  /** A list of tables: `[[…]]`. */
  tables(key: string): readonly TomlTable[] {
    const value = this.get(key);
    if (value === undefined) return [];
    const items = value instanceof TomlList ? value.items : [];
    if (items.length === 0 || !items.every((item) => item instanceof TomlTable)) {
      this.wrong(key, `write each as a table of its own, below a line [[policy.${key}]]`);
    }
    return items.filter((item) => item instanceof TomlTable);
  }
}
