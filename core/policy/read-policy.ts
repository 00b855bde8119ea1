/** The tables `[policy]` of all files -> the admin's rules. */
import { nearest } from "../config/nearest.ts";
import type { Problems } from "../config/problems.ts";
import { TomlScalar, type TomlTable } from "../config/toml.ts";
import { BYTE_RATE_HINT, parseByteRate, parseBytes, parseRate, RATE_HINT, SIZE_HINT } from "./amounts.ts";
import { readConditions } from "./read-conditions.ts";
import { type ArgumentRule, type LimitRule, type NameRule, NO_RULES, type PolicyRules, PROFILES, type ProfileRule } from "./rules.ts";
import { Table, type Written } from "./table.ts";

const COMMANDS = 'write names or patterns of commands: ["guest-get-*", "guest-info"]';

/** @returns what could be understood; all that is wrong is among the problems. */
export function readPolicy(tables: readonly TomlTable[], problems: Problems): PolicyRules {
  const all = tables.map((table) => readTable(new Table("[policy]", table, KEYS, problems), problems));
  const together = <K extends keyof PolicyRules>(key: K) =>
    all.flatMap((rules): readonly unknown[] => rules[key]) as unknown as PolicyRules[K];
  return {
    ...NO_RULES,
    profiles: together("profiles"),
    allow: together("allow"),
    block: together("block"),
    allowIf: together("allowIf"),
    blockIf: together("blockIf"),
    limits: together("limits"),
  };
}

const KEYS = ["profile", "allow", "block", "allow-if", "block-if", "limit"] as const;

function readTable(table: Table, problems: Problems): PolicyRules {
  return {
    ...NO_RULES,
    profiles: readProfile(table),
    allow: readNames(table, "allow"),
    block: readNames(table, "block"),
    allowIf: table.tables("allow-if").flatMap((each) => readArgumentRule("allow-if", each, problems)),
    blockIf: table.tables("block-if").flatMap((each) => readArgumentRule("block-if", each, problems)),
    limits: table.tables("limit").flatMap((each) => readLimit(each, problems)),
  };
}

function readProfile(table: Table): ProfileRule[] {
  const written = table.text("profile", `write one of ${PROFILES.join(", ")}`);
  if (written === undefined) return [];
  const profile = PROFILES.find((each) => each === written.text);
  if (profile !== undefined) return [{ profile, origin: written.origin }];
  const like = nearest(written.text, PROFILES);
  table.error(
    written.origin,
    `there is no profile '${written.text}'; ${like === undefined ? `there are ${PROFILES.join(", ")}` : `is '${like}' meant?`}`,
  );
  return [];
}

function readNames(table: Table, key: string): NameRule[] {
  return (table.texts(key, COMMANDS) ?? []).flatMap((written) => {
    const wrong = reasonAgainst(written);
    if (wrong === undefined) return [{ pattern: written.text, origin: written.origin }];
    table.error(written.origin, wrong);
    return [];
  });
}

/** Why no command can be called so. */
function reasonAgainst({ text }: Written): string | undefined {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  if (text === "") return `a name of a command is empty: ${COMMANDS}`;
  const asNames = text.toLowerCase().replaceAll("_", "-").trim();
  const hint = asNames === text ? "" : `; is '${asNames}' meant?`;
  if (/[^a-z0-9*?-]/.test(text)) return `${shown} can be no command: names have lower-case letters, digits and '-'${hint}`;
  if (/^[0-9-]|-$|--/.test(text)) return `${shown} can be no command: names begin with a letter, and '-' stands between words`;
  if (text.replaceAll("*", "").length > 64) return `${shown} can be no command: names have at most 64 characters`;
  return undefined;
}

function readArgumentRule(kind: "allow-if" | "block-if", toml: TomlTable, problems: Problems): ArgumentRule[] {
  const name = `[[policy.${kind}]]`;
  const table = new Table(name, toml, ["commands", "arguments"], problems);
  if (table.get("commands") === undefined) table.error(table.origin, `${name} has no 'commands': ${COMMANDS}`);
  const commands = readNames(table, "commands");
  const list = kind === "allow-if" ? "allow" : "block";
  const instead = `for any arguments, add the commands to '${list}' of [policy]`;
  const args = table.table("arguments", `write arguments.NAME.CONDITION = …; ${instead}`);
  if (table.get("arguments") === undefined || args?.keys().length === 0)
    table.error(table.origin, `${name} has no conditions: write arguments.NAME.CONDITION = …; ${instead}`);
  const conditions = args === undefined ? [] : readConditions(name, args, problems);
  // A rule of which a part is missing would say something else.
  return commands.length === 0 || conditions.length === 0 ? [] : [{ commands, conditions, origin: table.origin }];
}

const LIMIT_KEYS = ["commands", "per", "rate", "concurrency", "bytes", "request-bytes"] as const;
const PER = ["agent", "connection"] as const;

function readLimit(toml: TomlTable, problems: Problems): LimitRule[] {
  const table = new Table("[[policy.limit]]", toml, LIMIT_KEYS, problems);
  const commands = table.get("commands") === undefined ? [{ pattern: "*", origin: table.origin }] : readNames(table, "commands");
  const perText = table.text("per", 'write "agent" or "connection"')?.text ?? "agent";
  const per =
    PER.find((each) => each === perText) ??
    table.wrong("per", 'write "agent" (all connections share it) or "connection" (each has its own)');
  const amount = <T>(key: string, parse: (text: string) => T | undefined, hint: string): T | undefined => {
    const written = table.text(key, hint);
    return written && (parse(written.text) ?? table.wrong(key, hint));
  };
  const rate = amount("rate", parseRate, RATE_HINT);
  const bytes = amount("bytes", parseByteRate, BYTE_RATE_HINT);
  const requestBytes = amount("request-bytes", parseBytes, SIZE_HINT);
  const concurrency = readCount(table, "concurrency");
  if (!LIMIT_KEYS.slice(2).some((key) => table.get(key) !== undefined)) {
    table.error(table.origin, `[[policy.limit]] limits nothing: write one or more of ${LIMIT_KEYS.slice(2).join(", ")}`);
  }
  if (per === undefined || commands.length === 0) return [];
  return [
    {
      commands,
      per,
      ...(rate && { rate }),
      ...(concurrency && { concurrency }),
      ...(bytes && { bytes }),
      ...(requestBytes && { requestBytes }),
      origin: table.origin,
    },
  ];
}

function readCount(table: Table, key: string): number | undefined {
  const value = table.get(key);
  if (value === undefined) return undefined;
  const count = value instanceof TomlScalar && value.kind === "integer" ? value.value : undefined;
  if (typeof count === "number" && count >= 1) return count;
  return table.wrong(key, "write a whole number, 1 or more; 'block' is there for none at all");
}
