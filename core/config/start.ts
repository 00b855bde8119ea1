/** What the program is asked to do, as a plain value: the caller prints, runs and exits. */
import { resolve } from "node:path";
import type { ListOrigins } from "../policy/qemu-lists.ts";
import type { WatchedFiles } from "../process/configuration-watch.ts";
import type { Settings } from "../settings.ts";
import { type AdminConfig, NO_ADMIN_CONFIG } from "./admin-config.ts";
import { adminFiles, dropInFolder, namedAdminFile, startFolder } from "./admin-files.ts";
import { parseCommandLine } from "./command-line.ts";
import { DEFAULT_ADMIN_CONFIG } from "./options.ts";
import { originText } from "./problems.ts";
import { configurationFile, type DefaultPaths, type PluginPlaces, type ReadFile, resolveSettings } from "./settings.ts";
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
  /** Where relative paths begin; the program's own folder if undefined. */
  readonly folder?: string;
  /** Whether plugins may bring methods that `defaultPaths` doesn't know. Default: none does. */
  readonly pluginsMayBeThere?: (places: PluginPlaces) => boolean;
  /** What lodger.toml says; the command line beats it, and it beats qemu-ga.conf. */
  readonly admin: AdminConfig;
}

export interface RunStart {
  readonly action: "run";
  readonly settings: Settings;
  readonly admin: AdminConfig;
  /** Of qemu-ga's lists in the settings. */
  readonly origins: ListOrigins;
  readonly warnings: readonly string[];
  /** Where a change of the configuration would be, there or not. */
  readonly watched: WatchedFiles;
}

export type Start =
  | RunStart
  | { readonly action: "dump"; readonly settings: Settings; readonly origins: ListOrigins }
  /** Names of all commands, one a line, in the order of registration. */
  | { readonly action: "list-commands" }
  /** Windows: install or uninstall. */
  | { readonly action: "service"; readonly verb: string | undefined }
  | { readonly action: "help" }
  | { readonly action: "version" };

/** @returns reads everything anew each time, from the folder that the program runs in now: in the background it will run in another. */
export function startReader(input: Omit<StartInput, "admin">): () => Promise<Start> {
  const folder = startFolder();
  // No name is no file, and not the folder.
  const readFile: ReadFile = (path) => input.readFile(path === "" ? path : resolve(folder, path));
  return async () => parseStart({ ...input, folder, readFile, admin: await adminConfig(input.program, input.args, folder) });
}

/**
 * What the admin's files say, as far as these arguments need it: help is there also with a broken file.
 * @throws StartError naming all that is wrong with them.
 */
export async function adminConfig(program: string, args: readonly string[], folder?: string): Promise<AdminConfig> {
  const { given, failure } = parseCommandLine(program, args);
  if (failure !== undefined || given.some(({ option }) => option.name === "help" || option.name === "version")) return NO_ADMIN_CONFIG;
  const files = adminFiles(namedAdminFile(given), folder);
  if (files.length === 0) return NO_ADMIN_CONFIG;
  // The reader of TOML is loaded only where there is any.
  const { readAdminConfig } = await import("./lodger-toml.ts");
  return readAdminConfig(files);
}

/** @throws StartError if the command line or the configuration can't be used. */
export function parseStart(input: StartInput): Start {
  const { program, args, environment, defaultPaths, readFile, folder = startFolder(), admin, pluginsMayBeThere = () => false } = input;
  const { given, rest, failure } = parseCommandLine(program, args);
  for (const { option, value } of given) {
    // these end the reading where they stand: help is there with a broken file, too
    if (option.name === "help") return { action: "help" };
    if (option.name === "version") return { action: "version" };
    if (option.kind === "list" && (value === "help" || value === "?")) return { action: "list-commands" };
    if (option.name === "service") {
      if (process.platform === "win32") return { action: "service", verb: value };
      throw new StartError("--service is for Windows only: start lodger from this system's service manager");
    }
  }
  if (failure !== undefined) throw failure;

  const dump = given.some(({ option }) => option.name === "dump-conf");
  const anyMethod = (places: PluginPlaces) => dump || pluginsMayBeThere(places);
  const file = configurationFile(given, environment);
  const { settings, origins, warnings } = resolveSettings({ file, admin, given, readFile, defaultPaths, anyMethod });
  if (dump) return { action: "dump", settings, origins };
  const ignored = rest.map((argument) => `the argument '${argument}' is ignored: try '${program} --help'`);
  const ofFiles = [...warnings, ...admin.warnings].map(({ origin, text }) => `${originText(origin)}: ${text}`);
  const main = resolve(folder, namedAdminFile(given) ?? DEFAULT_ADMIN_CONFIG);
  const watched = { main, dropIns: dropInFolder(main), keyFile: resolve(folder, file.path) };
  return { action: "run", settings, admin, origins, warnings: [...ofFiles, ...ignored], watched };
}
