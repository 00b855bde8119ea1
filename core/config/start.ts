/** What the program is asked to do, as a plain value: the caller prints, runs and exits. */
import type { Settings } from "../settings.ts";
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
}

export type Start =
  | { readonly action: "run"; readonly settings: Settings; readonly warnings: readonly string[]; readonly configPath: string }
  | { readonly action: "dump"; readonly settings: Settings }
  /** Names of all commands, one a line, in the order of registration. */
  | { readonly action: "list-commands" }
  | { readonly action: "help" }
  | { readonly action: "version" }
  /** `args` are those after the word `call`. */
  | { readonly action: "call"; readonly args: readonly string[] };

/** @throws StartError if the command line or the configuration can't be used. */
export function parseStart({ program, args, environment, defaultPaths, readFile }: StartInput): Start {
  if (args[0] === "call") return { action: "call", args: args.slice(1) };
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
  const { settings, warnings } = resolveSettings(file, given, { readFile, defaultPaths, anyMethod: dump });
  if (dump) return { action: "dump", settings };
  const ignored = rest.map((argument) => `the argument '${argument}' is ignored: try '${program} --help'`);
  return { action: "run", settings, warnings: [...warnings, ...ignored], configPath: file.path };
}
