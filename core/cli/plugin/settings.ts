/** What a start with these options would go by, for what looks at plugins without starting any. */
import type { AdminConfig } from "../../config/admin-config.ts";
import { NO_ADMIN_CONFIG } from "../../config/admin-config.ts";
import { adminFiles, namedAdminFile } from "../../config/admin-files.ts";
import { parseCommandLine } from "../../config/command-line.ts";
import type { Problems } from "../../config/problems.ts";
import { parseStart } from "../../config/start.ts";
import { StartError } from "../../config/start-error.ts";
import type { Settings } from "../../settings.ts";
import type { SubcommandInput } from "../subcommand.ts";

export interface PluginSurroundings {
  readonly settings: Settings;
  readonly admin: AdminConfig;
  /** Arguments that are no options. */
  readonly paths: readonly string[];
}

/**
 * @param args the agent's own options, and paths.
 * @param problems takes what is wrong with lodger.toml; the rest of it still counts.
 * @throws StartError for options or a qemu-ga.conf that can't be used.
 */
export async function surroundings(input: SubcommandInput, args: readonly string[], problems: Problems): Promise<PluginSurroundings> {
  const { given, rest, failure } = parseCommandLine(input.program, args);
  if (failure !== undefined) throw failure;
  const files = adminFiles(namedAdminFile(given));
  const admin = files.length === 0 ? NO_ADMIN_CONFIG : (await import("../../config/lodger-toml.ts")).collectAdminConfig(files, problems);
  // As if the settings were to be printed: for these no channel has to be there.
  const start = parseStart({ ...input, args: ["--dump-conf", ...args], admin });
  if (start.action !== "dump")
    throw new StartError("lodger plugin takes the agent's options for settings only: try 'lodger plugin --help'");
  return { settings: start.settings, admin, paths: rest };
}
