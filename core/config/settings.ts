/** Configuration files and command line -> settings. */
import type { ListOrigins } from "../policy/qemu-lists.ts";
import type { Settings } from "../settings.ts";
import type { AdminConfig } from "./admin-config.ts";
import type { Given } from "./command-line.ts";
import { type KeyFile, parseKeyFile } from "./keyfile.ts";
import { DEFAULT_CONFIG, GROUP, OPTIONS, type OptionName } from "./options.ts";
import { type Origin, type Problem, Problems } from "./problems.ts";
import { Values } from "./setting-values.ts";
import { Attempts, StartError } from "./start-error.ts";

/** Default path of each method by the method's name; undefined for one that has none. */
export type DefaultPaths = ReadonlyMap<string, string | undefined>;

/** @throws an Error with the system's `code` (`ENOENT`) if the file can't be read. */
export type ReadFile = (path: string) => Uint8Array;

export interface ConfigurationFile {
  readonly path: string;
  /** Was asked for by --config: then it has to exist. */
  readonly required: boolean;
}

/** Which file holds the configuration: --config, else QGA_CONF, else the default. */
export function configurationFile(given: readonly Given[], environment: Readonly<Record<string, string | undefined>>): ConfigurationFile {
  const named = given.findLast(({ option }) => option.name === "config")?.value;
  return { path: named ?? environment.QGA_CONF ?? DEFAULT_CONFIG, required: named !== undefined };
}

export interface Resolved {
  readonly settings: Settings;
  readonly origins: ListOrigins;
  /** Where an option with a text was given; undefined where its default holds. */
  readonly originOf: (name: OptionName) => Origin | undefined;
  /** What works, but shouldn't stay so. */
  readonly warnings: readonly Problem[];
}

export const COMMAND_LINE: Origin = { file: "the command line" };

export interface Sources {
  readonly file: ConfigurationFile;
  readonly admin: AdminConfig;
  readonly given: readonly Given[];
  readonly readFile: ReadFile;
  readonly defaultPaths: DefaultPaths;
  /** Whether an unknown method is taken as it is, if it has a path: a dump may be for another agent, a plugin may bring it. */
  readonly anyMethod: (places: PluginPlaces) => boolean;
}

/** Where plugins would come from. */
export type PluginPlaces = Pick<Settings, "plugins" | "pluginFolder">;

/** @throws StartError naming all that can't be read, understood or used. */
export function resolveSettings(sources: Sources): Resolved {
  const attempts = new Attempts();
  const resolved = collectSettings(sources, attempts);
  attempts.refuse();
  return resolved;
}

/**
 * qemu-ga's file counts first, then lodger.toml, then the command line: the last one wins, lists grow.
 * @param attempts is told what can't be read, understood or used; the settings lack it then.
 */
export function collectSettings({ file, admin, given, ...options }: Sources, attempts: Attempts): Resolved {
  const values = new Values();
  const keyFile = attempts.try(() => readKeyFile(file, options.readFile), undefined);
  const warnings = keyFile === undefined ? [] : takeKeyFile(values, keyFile, file.path, attempts);
  takeAdminConfig(values, admin);
  for (const { option, value } of given) {
    if (option.kind === "flag") values.setFlag(option.name, true);
    else if (option.kind === "text") values.setText(option.name, value ?? "", COMMAND_LINE);
    else if (option.kind === "list") values.extendBy(option.name, value ?? "", COMMAND_LINE);
  }
  const settings = values.settings(options.defaultPaths, options.anyMethod, attempts);
  return { settings, origins: values.listOrigins(), originOf: (name) => values.originOf(name), warnings };
}

function readKeyFile({ path, required }: ConfigurationFile, readFile: ReadFile): KeyFile | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" && !required) return undefined;
    const reason = REASONS.get(code) ?? (error instanceof Error ? error.message : String(error));
    throw new StartError(`cannot read the configuration file '${path}': ${reason}`, { cause: error });
  }
  return parseKeyFile(bytes, path);
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file; create it, or leave --config out"],
  ["EACCES", "permission denied; run as root, or make it readable"],
  ["EISDIR", "it is a folder; name a file in it"],
]);

function takeKeyFile(values: Values, file: KeyFile, path: string, attempts: Attempts): readonly Problem[] {
  const problems = new Problems();
  const originOf = (key: string): Origin => {
    const line = file.line(GROUP, key);
    return line === undefined ? { file: path } : { file: path, line };
  };
  const unknown = new Set(file.keys(GROUP));
  for (const option of OPTIONS) {
    if (option.key === undefined) continue;
    for (const key of [option.key, ...(option.formerKeys ?? [])]) {
      if (!unknown.delete(key)) continue;
      const origin = originOf(key);
      if (key !== option.key) problems.warning(origin, `the key '${key}' is deprecated, rename it to '${option.key}'`);
      if (option.kind === "flag")
        values.setFlag(
          option.name,
          attempts.try(() => file.boolean(GROUP, key) ?? false, false),
        );
      else {
        const text = attempts.try(() => file.string(GROUP, key) ?? "", "");
        if (option.kind === "list") values.extendBy(option.name, text, origin);
        else values.setText(option.name, text, origin);
      }
    }
  }
  for (const key of unknown) problems.warning(originOf(key), `the key '${key}' is unknown and ignored`);
  return problems.list;
}

function takeAdminConfig(values: Values, { options }: AdminConfig): void {
  for (const [name, option] of options) {
    if ("items" in option) values.extend(name, option.items);
    else if (typeof option.value === "string") values.setText(name, option.value, option.origin);
    else values.setFlag(name, option.value);
  }
}
