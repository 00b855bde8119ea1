/** What is different after the configuration was read again, in words of the files. */
import { dumpedSettings } from "./dump.ts";
import type { RunStart } from "./start.ts";
import { plain, TomlTable } from "./toml.ts";

export interface Changes {
  /** What the agent goes by at once. */
  readonly now: readonly string[];
  /** What it reads only at its start. */
  readonly later: readonly string[];
}

/** qemu-ga's lists are a part of the policy, wherever they stand. */
const LISTS = new Set(["block-rpcs", "allow-rpcs"]);

/** @param parts names of the tables of lodger.toml that can change while the agent runs. */
export function changesBetween(before: RunStart, after: RunStart, parts: ReadonlySet<string>): Changes {
  const now: string[] = [];
  const later: string[] = [];
  const note = (part: string, name: string) => (parts.has(part) ? now : later).push(name);
  if (!same(before.admin.policy, after.admin.policy)) note("policy", "[policy]");
  if (!same(before.admin.audit, after.admin.audit)) note("audit", "[audit]");
  for (const name of new Set([...before.admin.plugins.keys(), ...after.admin.plugins.keys()])) {
    if (!same(before.admin.plugins.get(name), after.admin.plugins.get(name))) note("plugins", `[plugins.${name}]`);
  }
  const [old, fresh] = [before, after].map(({ settings }) => new Map(dumpedSettings(settings)));
  for (const key of new Set([...(old?.keys() ?? []), ...(fresh?.keys() ?? [])])) {
    if (old?.get(key) !== fresh?.get(key)) note(LISTS.has(key) ? "policy" : "agent", key);
  }
  return { now, later };
}

function same(one: unknown, other: unknown): boolean {
  return comparable(one) === comparable(other);
}

/** Without places: a line further down says the same. */
function comparable(value: unknown): string {
  return JSON.stringify(value, (key, each: unknown) => {
    if (each instanceof TomlTable) return JSON.stringify(plain(each), exact);
    return key === "origin" ? undefined : exact(key, each);
  });
}

function exact(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
