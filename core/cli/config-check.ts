/** What is wrong with a configuration, beyond what its text shows: the world that it speaks of is looked at. */
import { existsSync } from "node:fs";
import { type AdminConfig, NO_ADMIN_CONFIG } from "../config/admin-config.ts";
import { adminFiles, namedAdminFile } from "../config/admin-files.ts";
import { type Given, parseCommandLine } from "../config/command-line.ts";
import { Problems, problemText } from "../config/problems.ts";
import { COMMAND_LINE, collectSettings, configurationFile, type Resolved } from "../config/settings.ts";
import { Attempts, StartError } from "../config/start-error.ts";
import { mayBringPlugins } from "../extension/plugins.ts";
import { checkPolicy } from "../policy/check-policy.ts";
import { allRules } from "../policy/qemu-lists.ts";
import { printable } from "../printable.ts";
import type { Settings } from "../settings.ts";
import { checkPlaces } from "./config-places.ts";
import { checkPlugins } from "./config-plugins.ts";
import type { SubcommandInput } from "./subcommand.ts";

export interface Checked {
  /** A line each, with its place. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** Those that were read. */
  readonly files: readonly string[];
  /** As far as they can be told. */
  readonly settings: Settings;
  readonly admin: AdminConfig;
}

/** @param input its arguments are the agent's options. */
export async function checkConfiguration(input: SubcommandInput): Promise<Checked> {
  const problems = new Problems();
  const attempts = new Attempts();
  const { given, rest, failure } = parseCommandLine(input.program, input.args);
  if (failure !== undefined) problems.error(COMMAND_LINE, failure.message);
  for (const argument of rest) problems.warning(COMMAND_LINE, `the argument '${argument}' is ignored`);
  const admin = await readAdmin(given, problems, attempts);
  const keyFile = configurationFile(given, input.environment);
  const resolved = collectSettings({ ...input, file: keyFile, admin, given, anyMethod: mayBringPlugins }, attempts);
  await checkWorld(input, admin, resolved, problems);
  return {
    errors: [...linesOf(attempts), ...problems.errors.map(line)],
    warnings: problems.warnings.map(line),
    files: [...admin.files, ...(existsSync(keyFile.path) ? [keyFile.path] : [])],
    settings: resolved.settings,
    admin,
  };
}

const line = (...[problem]: Parameters<typeof problemText>) => printable(problemText(problem));

async function readAdmin(given: readonly Given[], problems: Problems, attempts: Attempts): Promise<AdminConfig> {
  const files = attempts.try(() => adminFiles(namedAdminFile(given)), []);
  if (files.length === 0) return NO_ADMIN_CONFIG;
  const { collectAdminConfig } = await import("../config/lodger-toml.ts");
  return collectAdminConfig(files, problems);
}

async function checkWorld(input: SubcommandInput, admin: AdminConfig, resolved: Resolved, problems: Problems): Promise<void> {
  for (const { origin, text } of resolved.warnings) problems.warning(origin, text);
  checkPlaces(admin, resolved, problems);
  checkPolicy(allRules({ ...resolved, admin }), await checkPlugins(input.agent, admin, resolved.settings, problems), problems);
}

function linesOf(attempts: Attempts): readonly string[] {
  try {
    attempts.refuse();
    return [];
  } catch (error) {
    if (error instanceof StartError) return error.lines;
    throw error;
  }
}
