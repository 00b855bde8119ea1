/** lodger.toml and the files beside it -> the admin's configuration. Loaded only where there is such a file. */
import { isAbsolute } from "node:path";
import type { AuditSettings } from "../audit/settings.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { readTrusted, Untrusted } from "../trusted-file.ts";
import type { AdminConfig } from "./admin-config.ts";
import { readAgentOptions } from "./agent-options.ts";
import { OPTIONS } from "./options.ts";
import { readPluginSettings } from "./plugin-settings.ts";
import { type Origin, Problems } from "./problems.ts";
import { flag, Section, text } from "./section.ts";
import { parseToml, type TomlTable } from "./toml.ts";

/** Much more than anybody writes; the parser takes a second for each of these. */
const MAX_BYTES = 256 * 1024;

/**
 * @param files in any order: they hold together.
 * @throws StartError naming everything that is wrong.
 */
export function readAdminConfig(files: readonly string[]): AdminConfig {
  const problems = new Problems();
  const config = collectAdminConfig(files, problems);
  problems.refuse();
  return config;
}

/** What could be understood; the rest is among the problems. */
export function collectAdminConfig(files: readonly string[], problems: Problems): AdminConfig {
  const roots = files.toSorted().flatMap((file) => readFile(file, problems) ?? []);
  const root = new Section("", roots, problems);
  const section = (name: string) => new Section(`[${name}]`, root.tables(name), problems);
  const options = readAgentOptions(section("agent"));
  const policy = readPolicy(root.tables("policy"), problems);
  const places = new Map<string, Origin>();
  const audit = readAudit(section("audit"), places);
  const plugins = readPluginSettings(section("plugins"), problems);
  root.refuseOthers((key) =>
    OPTIONS.some(({ name }) => name === key) ? ": if it is an option of the agent, write it below [agent]" : undefined,
  );
  return { files, options, policy, audit, plugins, places, warnings: problems.warnings };
}

function readAudit(section: Section, places: Map<string, Origin>): AuditSettings {
  const file = section.one("file", absolutePath);
  if (file !== undefined) places.set("audit.file", file.origin);
  const journal = section.one("journal", flag)?.value ?? false;
  const except = section.list("except").map(({ value }) => value);
  section.refuseOthers();
  return { file: file?.value, journal, except };
}

/** The agent's folder is `/` in the background, and another one in front. */
const absolutePath: typeof text = (value) => {
  const result = text(value);
  return "is" in result && !isAbsolute(result.is)
    ? { hasToBe: process.platform === "win32" ? "write a path that begins with a drive" : "write a path that begins with /" }
    : result;
};

function readFile(file: string, problems: Problems): TomlTable | undefined {
  try {
    const { bytes } = readTrusted(file);
    if (bytes.length <= MAX_BYTES) return parseToml(bytes, file, problems);
    problems.error({ file }, `this has more than ${MAX_BYTES / 1024} KiB: make it smaller, or divide it`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (error instanceof Untrusted) problems.error({ file }, error.message.replace(`${file}: `, ""));
    else if (code !== "") problems.error({ file }, `this can't be read: ${REASONS.get(code) ?? code}`);
    else throw error;
  }
  return undefined;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "it is not there any more, or is a link that leads nowhere"],
  ["EACCES", "permission denied; run as root, or make it readable"],
]);
