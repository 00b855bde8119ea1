/** The manifest of a command that a program makes: `NAME.toml`, beside the program. Everything that is wrong with it is told at once. */
import { basename, dirname, resolve } from "node:path";
import type { Problems } from "../../config/problems.ts";
import { flag, type Read, Section, seconds, size, text, whole } from "../../config/section.ts";
import { parseToml, type TomlTable } from "../../config/toml.ts";
import type { CommandProfile } from "../../plugin.ts";
import type { TObject, TSchema } from "../../schema.ts";
import { readTrusted } from "../../trusted-file.ts";
import { isName, NAME_RULE } from "../names.ts";
import { defaultProgram } from "./default-program.ts";
import { type DefaultValue, objectOf, readMembers, readValue } from "./shape.ts";
import { oneOf, required } from "./values.ts";

export interface Manifest {
  /** The manifest, without symbolic links. */
  readonly file: string;
  readonly command: string;
  readonly summary: string;
  readonly since: string;
  /** Absolute, as it was written. */
  readonly program: string;
  /** Behind the program's name; the same for each call. */
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** Who it runs as; the agent's own user if undefined. */
  readonly user: string | undefined;
  readonly whileFrozen: boolean;
  readonly profile: CommandProfile | undefined;
  readonly privilege: string | undefined;
  /** On top of the few that every script has. */
  readonly environment: ReadonlyMap<string, string>;
  /** Bytes that it may print. */
  readonly maxOutput: number;
  /** How many may run at once; the others wait. */
  readonly concurrency: number;
  readonly arguments: TObject | undefined;
  /** Of arguments that are not given. */
  readonly defaults: ReadonlyMap<string, DefaultValue>;
  /** Any object if undefined. */
  readonly returns: TSchema | undefined;
}

const DEFAULT_MS = 30_000;
const MAX_SECONDS = 24 * 60 * 60;
const DEFAULT_OUTPUT = 1024 * 1024;
const MAX_OUTPUT = "64 MiB";
const MAX_CONCURRENCY = 64;

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Of a library that the program which changes the user would load, before it has. */
const LOADER_VARIABLE = /^(LD_|GLIBC_TUNABLES$|GCONV_PATH$|LOCPATH$|NLSPATH$)/;

/**
 * @param path of the manifest.
 * @returns undefined if `problems` has errors.
 */
export function readManifest(path: string, problems: Problems): Manifest | undefined {
  const name = basename(path, ".toml");
  if (!isName(name)) problems.error({ file: path }, `'${name}' is no name for a plugin: use ${NAME_RULE}`);
  let file: ReturnType<typeof readTrusted>;
  try {
    file = readTrusted(path);
  } catch (error) {
    problems.error({ file: path }, withoutPath((error as Error).message, path));
    return undefined;
  }
  const table = parseToml(file.bytes, path, problems);
  const manifest = table && readKeys(table, path, problems);
  return problems.errors.length > 0 || manifest === undefined ? undefined : { ...manifest, file: file.path };
}

type Keys = Omit<Manifest, "file">;

function readKeys(table: TomlTable, path: string, problems: Problems): Keys | undefined {
  const section = new Section("", [table], problems);
  const command = required(section, "command", `guest-${basename(path, ".toml")}`, table.origin, problems);
  if (command !== undefined && !isName(command)) {
    problems.error(table.originOf("command"), `'${command}' is no name for a command: use ${NAME_RULE}`);
  }
  const summary = required(section, "summary", "Says in one sentence what it does.", table.origin, problems);
  const user = section.one("user", userName)?.value;
  const program = readProgram(section, path, problems);
  const keys = {
    since: section.one("since", text)?.value ?? "1.0",
    args: section.list("args").map(({ value }) => value),
    timeoutMs: section.one("timeout", seconds(MAX_SECONDS))?.value ?? DEFAULT_MS,
    whileFrozen: section.one("while-frozen", flag)?.value ?? false,
    profile: section.one("profile", oneOf(["observe", "backup", "standard"]))?.value,
    privilege: section.one("privilege", text)?.value,
    environment: readEnvironment(section, user !== undefined, problems),
    maxOutput: section.one("max-output", size("1 B", MAX_OUTPUT))?.value ?? DEFAULT_OUTPUT,
    concurrency: section.one("concurrency", whole(1, MAX_CONCURRENCY))?.value ?? 1,
    ...readArguments(section, problems),
    returns: section.tables("returns").map((returns) => readValue(returns, "returns", "returns", problems))[0],
  };
  section.refuseOthers();
  return command === undefined || summary === undefined || program === undefined ? undefined : { ...keys, command, summary, program, user };
}

function readProgram(section: Section, path: string, problems: Problems): string | undefined {
  const program = section.one("program", text);
  if (!section.keys().includes("program")) return defaultProgram(path, problems);
  if (program?.value === "") problems.error(program.origin, "'program' is empty: leave it out, or write a file's name");
  return program && resolve(dirname(path), program.value);
}

function readEnvironment(section: Section, otherUser: boolean, problems: Problems): ReadonlyMap<string, string> {
  const [table] = section.tables("environment");
  if (table === undefined) return new Map();
  const variables = new Section("[environment]", [table], problems);
  const environment = new Map<string, string>();
  for (const name of table.keys()) {
    const value = variables.one(name, text)?.value;
    const refuse = (what: string) => problems.error(table.originOf(name), `'${name}' of [environment] ${what}`);
    if (!VARIABLE.test(name)) refuse("is no name of a variable: letters, digits and '_'");
    else if (name === "LODGER_COMMAND") refuse("is set by lodger: leave it out");
    else if (otherUser && LOADER_VARIABLE.test(name)) refuse("can't be set for another user: set it in the program");
    else if (value !== undefined) environment.set(name, value);
  }
  return environment;
}

function readArguments(section: Section, problems: Problems): Pick<Manifest, "arguments" | "defaults"> {
  const [table] = section.tables("arguments");
  if (table === undefined) return { arguments: undefined, defaults: new Map() };
  const members = readMembers(table, "arguments", "arguments", problems);
  const defaults = Array.from(members, ([name, member]) => [name, member.default] as const);
  return {
    arguments: members.size === 0 ? undefined : objectOf(members),
    defaults: new Map(defaults.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))),
  };
}

const userName: Read<string> = (value) => {
  const name = text(value);
  return "is" in name && /^[^\s:/]+$/.test(name.is) ? name : { hasToBe: "write a user's name" };
};

/** The problem names the file already. */
function withoutPath(message: string, path: string): string {
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
}
