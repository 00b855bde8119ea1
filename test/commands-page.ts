/** docs/commands.md, made from the declarations of the built-in commands and from the tests that name them. `node test/commands-page.ts` writes it. */

import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type DeclaredSchema, standardSchema } from "../core/cli/standard-schema.ts";
import { declaredCommands } from "../core/declared-commands.ts";
import type { AnyCommand } from "../core/plugin.ts";
import { profileOf } from "../core/policy/profiles.ts";
import { builtInPlugins } from "../plugins/index.ts";

const ROOT = join(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs/commands.md");

/** What each kind of test shows, and where its cases are. */
const KINDS: readonly { readonly kind: string; readonly files: string; readonly shows: string }[] = [
  { kind: "unit", files: "test/unit/**/*.test.ts", shows: "plain values: recorded systems, faults" },
  { kind: "contract", files: "test/contract/**/*.ts", shows: "the agent, or its system port, on this kernel" },
  { kind: "differential", files: "test/differential/{cases,world}*.ts", shows: "the same bytes to qemu-ga, every difference explained" },
  {
    kind: "guest",
    files: "test/guest/{checks/*,power.test}.ts",
    shows: "the executable in a virtual machine, its effect seen by another way",
  },
];

interface Listed {
  readonly plugin: string;
  readonly command: AnyCommand;
}

/** @returns the page as it should be. */
export function commandsPage(): string {
  const listed = builtInPlugins.flatMap((plugin) => declaredCommands(plugin).map((command) => ({ plugin: plugin.name, command })));
  const tests = testsByCommand(listed.map(({ command }) => command.name));
  return `# Commands

All ${listed.length} commands of lodger, from their declarations (\`node test/commands-page.ts\` writes this page; \`lodger schema\` prints the
same as JSON Schema, with what the system it runs on can't do). Arguments and results are JSON; "bytes" are base64 on the wire, "int64" and
"uint64" are exact over their whole range.

**Profile** is the smallest of the admin's profiles that has the command: none < observe < backup < standard < full; what is in "none" is always there
unless it is blocked. An argument's role is what the admin's rules know it by; a secret one is never shown, logged or audited.
**Frozen** says whether the command works while file systems are frozen. **Parity** compares with qemu-ga 10.2: the [differences](differences.md)
have every one that the comparison of answers has met. **Tested** names the kinds of tests that call the command:
${KINDS.map(({ kind, shows }) => `${kind} (${shows})`).join("; ")}.

| command | since | profile | frozen | parity | tested |
|---|---|---|---|---|---|
${listed.map(({ command }) => overview(command, tests)).join("\n")}

${listed.map((one) => section(one, tests)).join("\n")}`;
}

function overview(command: AnyCommand, tests: ReadonlyMap<string, readonly string[]>): string {
  const { name, since, whileFrozen, parity } = command;
  const short = parity?.split(":", 1)[0] ?? "new";
  return `| [${name}](#${name}) | ${since} | ${profileOf(command)} | ${whileFrozen ? "yes" : "no"} | ${short} | ${kindsOf(tests.get(name) ?? []).join(", ")} |`;
}

function section({ plugin, command }: Listed, tests: ReadonlyMap<string, readonly string[]>): string {
  const lines = [`## ${command.name}`, "", command.summary, ""];
  lines.push(...members("Arguments", command.arguments, "none"), ...members("Result", command.returns, "an empty object"));
  if (command.answers === false) lines.push("- Success is not answered; an error is.");
  lines.push(
    `- Since: ${command.since}. Plugin: ${plugin}. Frozen: ${command.whileFrozen ? "works" : "disabled"}.`,
    `- Profile: ${profileOf(command)}`,
    `- Privilege: ${command.privilege ?? "none"}`,
    `- Parity with qemu-ga 10.2: ${command.parity ?? "lodger's own command"}`,
    `- Tested: ${(tests.get(command.name) ?? []).map((file) => `[${basename(file)}](../${file})`).join(", ")}`,
    "",
  );
  return lines.join("\n");
}

function members(title: string, schema: unknown, none: string): string[] {
  if (schema === undefined) return [`- ${title}: ${none}`];
  const rows = rowsOf("", schema as DeclaredSchema, true);
  if (rows.length === 1 && rows[0]?.path === "") return [`- ${title}: ${described(rows[0])}`];
  return [`- ${title}:`, ...rows.filter(({ path }) => path !== "").map((row) => `  - \`${row.path}\`: ${described(row)}`)];
}

interface Row {
  readonly path: string;
  readonly schema: DeclaredSchema;
  readonly required: boolean;
}

/** Every member at every depth, under its path: "ip-addresses[].prefix". */
function rowsOf(path: string, schema: DeclaredSchema, required: boolean): Row[] {
  const own = { path, schema, required };
  if (schema.items) return [own, ...rowsOf(`${path}[]`, schema.items, true)];
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return [own];
  const inside = properties.flatMap(([name, member]) =>
    rowsOf(path === "" ? name : `${path}.${name}`, member, schema.required?.includes(name) === true),
  );
  return path === "" || path.endsWith("[]") ? inside : [own, ...inside];
}

function described({ schema, required }: Row): string {
  const text = schema.description === undefined ? "" : `. ${schema.description.charAt(0).toUpperCase()}${schema.description.slice(1)}`;
  const notes = [required ? "" : ", optional", schema.default === undefined ? "" : `, default ${JSON.stringify(schema.default)}`];
  const role = schema.role === undefined ? "" : `, role ${schema.role}`;
  return `${typeOf(schema)}${notes.join("")}${role}${schema.secret ? ", secret" : ""}${text}`.replace(/\.?$/, ".");
}

function typeOf(schema: DeclaredSchema): string {
  const standard = standardSchema(schema);
  if (schema.base64) return "bytes";
  if (schema.alternate) return [...schema.alternate.types, ...schema.alternate.values.map((value) => JSON.stringify(value))].join(" or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.items) return schema.items.properties ? "array of objects" : `array of ${typeOf(schema.items)}`;
  return String(standard.format ?? standard.type ?? "any");
}

/** The files of tests that name a command, in quotes, so that guest-sync is not found in guest-sync-delimited. */
function testsByCommand(names: readonly string[]): Map<string, string[]> {
  const files = KINDS.flatMap(({ files }) => globSync(files, { cwd: ROOT }).sort());
  const found = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const file of files) {
    const text = readFileSync(join(ROOT, file), "utf8");
    for (const name of new Set(Array.from(text.matchAll(/["'`](guest-[\w-]+)["'`]/g), (match) => match[1] ?? "")))
      found.get(name)?.push(file);
  }
  return found;
}

function kindsOf(files: readonly string[]): string[] {
  return KINDS.map(({ kind }) => kind).filter((kind) => files.some((file) => file.startsWith(`test/${kind}/`)));
}

/** The page as it stands. */
export function writtenCommandsPage(): string {
  return readFileSync(PAGE, "utf8");
}

if (import.meta.main) writeFileSync(PAGE, commandsPage());
