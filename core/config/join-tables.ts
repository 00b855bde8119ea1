/** A plugin's options from several files. */
import { originText, type Problems } from "./problems.ts";
import { TomlList, TomlScalar, TomlTable, type TomlValue } from "./toml.ts";

/** One table of all: tables are joined key by key, lists are joined, and all else has to be the same. @returns undefined for none. */
export function joinTables(tables: readonly TomlTable[], problems: Problems): TomlTable | undefined {
  const [first, ...others] = tables;
  if (first === undefined || others.length === 0) return first;
  const joined = new TomlTable(first.origin);
  for (const table of tables) {
    for (const key of table.keys()) {
      const value = table.get(key);
      if (value === undefined) continue;
      const before = joined.get(key);
      const both = before === undefined ? value : join(before, value, problems);
      if (both === undefined) {
        const elsewhere = originText(joined.originOf(key));
        problems.error(table.originOf(key), `'${key}' says something else in ${elsewhere}: leave one of them out`);
      } else joined.set(key, both, before === undefined ? table.originOf(key) : joined.originOf(key));
    }
  }
  return joined;
}

/** @returns undefined where they contradict each other. */
function join(one: TomlValue, other: TomlValue, problems: Problems): TomlValue | undefined {
  if (one instanceof TomlTable && other instanceof TomlTable) return joinTables([one, other], problems);
  if (one instanceof TomlList && other instanceof TomlList) {
    const list = new TomlList(one.origin);
    list.items.push(...one.items, ...other.items);
    return list;
  }
  if (one instanceof TomlScalar && other instanceof TomlScalar && one.kind === other.kind && String(one.value) === String(other.value))
    return one;
  return undefined;
}
