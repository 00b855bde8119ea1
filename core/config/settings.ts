/** Configuration file and command line -> settings. */
import type { Settings, TlsSettings, VsockPeers } from "../settings.ts";
import type { AdminConfig } from "./admin-config.ts";
import type { Given } from "./command-line.ts";
import { freezeSettings } from "./freeze-options.ts";
import { type KeyFile, parseKeyFile } from "./keyfile.ts";
import { DEFAULT_CONFIG, defaultOf, GROUP, OPTIONS, type OptionName } from "./options.ts";
import { StartError } from "./start-error.ts";

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
  /** One line each: what works, but shouldn't stay so. */
  readonly warnings: readonly string[];
}

/**
 * The file counts first, then the command line: the last one wins, lists grow.
 * @param anyMethod takes an unknown method as it is, if it has a path: a dump may be for another agent.
 * @throws StartError if the file can't be read or understood, or if settings are missing.
 */
export function resolveSettings(
  file: ConfigurationFile,
  given: readonly Given[],
  options: { readonly readFile: ReadFile; readonly defaultPaths: DefaultPaths; readonly admin: AdminConfig; readonly anyMethod: boolean },
): Resolved {
  const values = new Values();
  const warnings: string[] = [];
  const keyFile = readKeyFile(file, options.readFile);
  if (keyFile !== undefined) warnings.push(...takeKeyFile(values, keyFile, file.path));
  for (const { option, value } of given) {
    if (option.kind === "flag") values.flags.set(option.name, true);
    else if (option.kind === "text") values.texts.set(option.name, value ?? "");
    else if (option.kind === "list") values.extend(option.name, value ?? "");
  }
  return { settings: values.settings(options.defaultPaths, options.anyMethod), warnings };
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

function takeKeyFile(values: Values, file: KeyFile, path: string): string[] {
  const warnings: string[] = [];
  const unknown = new Set(file.keys(GROUP));
  for (const option of OPTIONS) {
    if (option.key === undefined) continue;
    for (const key of [option.key, ...(option.formerKeys ?? [])]) {
      if (!unknown.delete(key)) continue;
      if (key !== option.key) warnings.push(`${path}: the key '${key}' is deprecated, rename it to '${option.key}'`);
      if (option.kind === "flag") values.flags.set(option.name, file.boolean(GROUP, key) ?? false);
      else if (option.kind === "list") values.extend(option.name, file.string(GROUP, key) ?? "");
      else values.texts.set(option.name, file.string(GROUP, key) ?? "");
    }
  }
  for (const key of unknown) warnings.push(`${path}: the key '${key}' is unknown and ignored`);
  return warnings;
}

/** The next one stands for any machine, and nobody has it. */
const MAX_CID = 4_294_967_294;

/** What is known so far; a later source writes over it. */
class Values {
  readonly flags = new Map<OptionName, boolean>();
  readonly texts = new Map<OptionName, string>();
  readonly #lists = new Map<OptionName, string[]>();

  /** Commas separate, nothing is trimmed. Each source's names come last first, as qemu-ga keeps and dumps them. */
  extend(name: OptionName, text: string): void {
    const names = text === "" ? [] : text.split(",").reverse();
    this.#lists.set(name, [...this.#list(name), ...names]);
  }

  /** @throws StartError if there is no path for the method, or no such method. */
  settings(defaultPaths: DefaultPaths, anyMethod: boolean): Settings {
    const method = this.#text("method");
    return {
      method,
      path: this.#path(method, defaultPaths, anyMethod),
      logFile: this.texts.get("logfile"),
      pidFile: this.#text("pidfile"),
      stateDirectory: this.#text("statedir"),
      fsfreezeHook: this.texts.get("fsfreeze-hook"),
      verbose: this.#flag("verbose"),
      daemon: this.#flag("daemonize"),
      retryPath: this.#flag("retry-path"),
      blockRpcs: this.#list("block-rpcs"),
      allowRpcs: this.#list("allow-rpcs"),
      tls: this.#tls(),
      vsockPeers: this.#vsockPeers(),
      plugins: this.#list("plugin").toReversed(),
      pluginFolder: this.#text("plugins"),
      scriptFolder: this.#text("scripts"),
      freeze: freezeSettings({
        text: (name) => this.#text(name),
        flag: (name) => this.#flag(name),
        list: (name) => this.#list(name).toReversed(),
      }),
    };
  }

  #path(method: string, defaultPaths: DefaultPaths, anyMethod: boolean): string {
    const path = this.texts.get("path");
    if (!defaultPaths.has(method) && !(anyMethod && path !== undefined)) {
      throw new StartError(`unsupported channel method/type: ${method}; --method is one of ${[...defaultPaths.keys()].join(", ")}`);
    }
    const chosen = path ?? defaultPaths.get(method);
    if (chosen === undefined || (chosen === "" && !anyMethod)) {
      throw new StartError(`must specify a path for this channel: give ${method} one with --path or the key 'path'`);
    }
    return chosen;
  }

  /** @throws StartError if only a part is given. */
  #tls(): TlsSettings | undefined {
    const names = ["tls-cert", "tls-key", "tls-ca"] as const;
    const [certificate, key, authorities] = names.map((name) => this.texts.get(name));
    if (certificate !== undefined && key !== undefined && authorities !== undefined) return { certificate, key, authorities };
    const missing = names.filter((name) => !this.texts.has(name)).map((name) => `--${name}`);
    if (missing.length === names.length) return undefined;
    throw new StartError(`mutual TLS also needs ${missing.join(" and ")}: give all of --tls-cert, --tls-key and --tls-ca, or none`);
  }

  /** @throws StartError for what is no list of CIDs. */
  #vsockPeers(): VsockPeers | undefined {
    const text = this.texts.get("vsock-peers");
    if (text === undefined || text === "any") return text;
    const peers = text.split(",").map((cid) => (/^\d+$/.test(cid) ? Number(cid) : Number.POSITIVE_INFINITY));
    if (peers.every((cid) => cid <= MAX_CID)) return peers;
    throw new StartError(`--vsock-peers: '${text}' is no list of CIDs: write numbers up to ${MAX_CID} with commas between, or 'any'`);
  }

  #text(name: OptionName): string {
    return this.texts.get(name) ?? defaultOf(name);
  }

  #flag(name: OptionName): boolean {
    return this.flags.get(name) ?? false;
  }

  #list(name: OptionName): readonly string[] {
    return this.#lists.get(name) ?? [];
  }
}
