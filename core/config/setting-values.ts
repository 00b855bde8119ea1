/** Values of options, from wherever they come -> settings. */
import type { ListOrigins } from "../policy/qemu-lists.ts";
import type { Settings, TlsSettings, VsockPeers } from "../settings.ts";
import { freezeSettings } from "./freeze-options.ts";
import { defaultOf, type OptionName } from "./options.ts";
import { type Origin, originText } from "./problems.ts";
import type { Found } from "./section.ts";
import type { DefaultPaths, PluginPlaces } from "./settings.ts";
import { type Attempts, StartError } from "./start-error.ts";

/** The next one stands for any machine, and nobody has it. */
const MAX_CID = 4_294_967_294;

/** What is known so far; a later source writes over it. */
export class Values {
  readonly #flags = new Map<OptionName, boolean>();
  readonly #texts = new Map<OptionName, Found<string>>();
  readonly #lists = new Map<OptionName, readonly Found<string>[]>();

  setFlag(name: OptionName, value: boolean): void {
    this.#flags.set(name, value);
  }

  setText(name: OptionName, value: string, origin: Origin): void {
    this.#texts.set(name, { value, origin });
  }

  /** What one source says. Its names come last first, as qemu-ga keeps and dumps them. */
  extend(name: OptionName, items: readonly Found<string>[]): void {
    this.#lists.set(name, [...(this.#lists.get(name) ?? []), ...items.toReversed()]);
  }

  /** Commas separate, nothing is trimmed. */
  extendBy(name: OptionName, text: string, origin: Origin): void {
    if (text !== "")
      this.extend(
        name,
        text.split(",").map((value) => ({ value, origin })),
      );
  }

  listOrigins(): ListOrigins {
    const origins = (name: OptionName) => (this.#lists.get(name) ?? []).map(({ origin }) => origin);
    return { blockRpcs: origins("block-rpcs"), allowRpcs: origins("allow-rpcs") };
  }

  originOf(name: OptionName): Origin | undefined {
    return this.#texts.get(name)?.origin;
  }

  /** @param attempts is told what can't be used; the settings are none then. */
  settings(defaultPaths: DefaultPaths, anyMethod: (places: PluginPlaces) => boolean, attempts: Attempts): Settings {
    const method = this.#text("method");
    const places = { plugins: this.#list("plugin").toReversed(), pluginFolder: this.#text("plugins") };
    const checked = <T>(name: OptionName, check: (text: string) => T) =>
      attempts.try<T | undefined>(() => this.#at(name, () => check(this.#text(name))), undefined);
    return {
      method,
      path: attempts.try(() => this.#path(method, defaultPaths, () => anyMethod(places)), ""),
      logFile: this.#given("logfile"),
      pidFile: this.#text("pidfile"),
      stateDirectory: this.#text("statedir"),
      fsfreezeHook: this.#given("fsfreeze-hook"),
      verbose: this.#flag("verbose"),
      daemon: this.#flag("daemonize"),
      retryPath: this.#flag("retry-path"),
      blockRpcs: this.#list("block-rpcs"),
      allowRpcs: this.#list("allow-rpcs"),
      tls: attempts.try(() => this.#tls(), undefined),
      vsockPeers: this.#texts.has("vsock-peers") ? checked("vsock-peers", vsockPeers) : undefined,
      ...places,
      scriptFolder: this.#text("scripts"),
      freeze: freezeSettings({ text: checked, flag: (name) => this.#flag(name), list: (name) => this.#list(name).toReversed() }),
    };
  }

  /** @throws StartError if there is no path for the method, or no such method. */
  #path(method: string, defaultPaths: DefaultPaths, anyMethod: () => boolean): string {
    const path = this.#given("path");
    if (!defaultPaths.has(method) && !(path !== undefined && anyMethod())) {
      const known = [...defaultPaths.keys()].join(", ");
      throw this.#placed("method", `unsupported channel method/type: ${method}; --method is one of ${known}`);
    }
    const chosen = path ?? defaultPaths.get(method);
    if (chosen === undefined || (chosen === "" && !anyMethod())) {
      throw new StartError(`must specify a path for this channel: give ${method} one with --path or the key 'path'`);
    }
    return chosen;
  }

  /** @throws StartError if only a part is given. */
  #tls(): TlsSettings | undefined {
    const names = ["tls-cert", "tls-key", "tls-ca"] as const;
    const [certificate, key, authorities] = names.map((name) => this.#given(name));
    if (certificate !== undefined && key !== undefined && authorities !== undefined) return { certificate, key, authorities };
    const missing = names.filter((name) => !this.#texts.has(name)).map((name) => `--${name}`);
    if (missing.length === names.length) return undefined;
    throw new StartError(`mutual TLS also needs ${missing.join(" and ")}: give all of --tls-cert, --tls-key and --tls-ca, or none`);
  }

  #at<T>(name: OptionName, step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      throw this.#placed(name, error.message);
    }
  }

  /** Where a file said it, its line goes first. */
  #placed(name: OptionName, message: string): StartError {
    const origin = this.originOf(name);
    return new StartError(origin?.line === undefined ? message : `${originText(origin)}: ${message}`);
  }

  #text(name: OptionName): string {
    return this.#given(name) ?? defaultOf(name);
  }

  #given(name: OptionName): string | undefined {
    return this.#texts.get(name)?.value;
  }

  #flag(name: OptionName): boolean {
    return this.#flags.get(name) ?? false;
  }

  #list(name: OptionName): readonly string[] {
    return (this.#lists.get(name) ?? []).map(({ value }) => value);
  }
}

/** @throws StartError for what is no list of CIDs. */
function vsockPeers(text: string): VsockPeers {
  if (text === "any") return text;
  const peers = text.split(",").map((cid) => (/^\d+$/.test(cid) ? Number(cid) : Number.POSITIVE_INFINITY));
  if (peers.every((cid) => cid <= MAX_CID)) return peers;
  throw new StartError(`--vsock-peers: '${text}' is no list of CIDs: write numbers up to ${MAX_CID} with commas between, or 'any'`);
}
