/** What the program is asked to do, as a plain value: the caller prints, runs and exits. */
import type { Settings } from "../settings.ts";
import { type AdminConfig, NO_ADMIN_CONFIG } from "./admin-config.ts";
import { adminFiles, namedAdminFile } from "./admin-files.ts";
import { parseCommandLine } from "./command-line.ts";
import { configurationFile, type DefaultPaths, type ReadFile, resolveSettings } from "./settings.ts";
import { StartError } from "./start-error.ts";

export interface StartInput {
  /** The program's name as it was called. */
  readonly program: string;
  /** Without the program's name. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the transports, in the order to name them. */
  readonly defaultPaths: DefaultPaths;
  readonly readFile: ReadFile;
  /** What lodger.toml says; the command line beats it, and it beats qemu-ga.conf. */
  readonly admin: AdminConfig;
}

export type Start =
  | {
      readonly action: "run";
      readonly settings: Settings;
      readonly admin: AdminConfig;
      readonly warnings: readonly string[];
      readonly configPath: string;
    }
  | { readonly action: "dump"; readonly settings: Settings }
  /** Names of all commands, one a line, in the order of registration. */
  | { readonly action: "list-commands" }
  | { readonly action: "help" }
  | { readonly action: "version" };

/**
 * What the admin's files say, as far as these arguments need it: help is there also with a broken file.
 * @throws StartError naming all that is wrong with them.
 */
export async function adminConfig(program: string, args: readonly string[]): Promise<AdminConfig> {
  const { given, failure } = parseCommandLine(program, args);
  if (failure !== undefined || given.some(({ option }) => option.name === "help" || option.name === "version")) return NO_ADMIN_CONFIG;
  const files = adminFiles(namedAdminFile(given));
  if (files.length === 0) return NO_ADMIN_CONFIG;
  // The reader of TOML is loaded only where there is any.
  const { readAdminConfig } = await import("./lodger-toml.ts");
  return readAdminConfig(files);
}

/** @throws StartError if the command line or the configuration can't be used. */
export function parseStart({ program, args, environment, defaultPaths, readFile, admin }: StartInput): Start {
  const { given, rest, failure } = parseCommandLine(program, args);
  for (const { option, value } of given) {
    // these end the reading where they stand: help is there with a broken file, too
    if (option.name === "help") return { action: "help" };
    if (option.name === "version") return { action: "version" };
    if (option.kind === "list" && (value === "help" || value === "?")) return { action: "list-commands" };
    if (option.name === "service") {
      throw new StartError("--service is for Windows only: start lodger from this system's service manager");
    }
  }
  if (failure !== undefined) throw failure;

  const dump = given.some(({ option }) => option.name === "dump-conf");
  const file = configurationFile(given, environment);
  const { settings, warnings } = resolveSettings(file, given, { readFile, defaultPaths, admin, anyMethod: dump });
  if (dump) return { action: "dump", settings };
  const ignored = rest.map((argument) => `the argument '${argument}' is ignored: try '${program} --help'`);
  return { action: "run", settings, admin, warnings: [...warnings, ...ignored], configPath: file.path };
}
