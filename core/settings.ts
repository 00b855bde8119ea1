/** What command line and configuration files come to, after all precedence. */
import { Token } from "./token.ts";

export interface TlsSettings {
  /** PEM file with this agent's certificate chain. */
  readonly certificate: string;
  /** PEM file with its private key. */
  readonly key: string;
  /** PEM file with the authorities whose clients may connect. */
  readonly authorities: string;
}

/** Which machines may connect by vsock: context identifiers, 2 for the host; or any. */
export type VsockPeers = readonly number[] | "any";

/** How the agent freezes. */
export interface FreezeSettings {
  /** After this everything thaws by itself, in milliseconds; never if undefined. */
  readonly leaseMs: number | undefined;
  /** How long all file systems together, and each of them, may take to freeze, in milliseconds. */
  readonly withinMs: number;
  readonly eachWithinMs: number;
  /** Mount points, or patterns of them, of file systems that are never frozen. */
  readonly exclude: readonly string[];
  /** A file system that can't be frozen is left out and reported; otherwise nothing is frozen. */
  readonly skipFailing: boolean;
  /** Folder of programs that are told of a freeze and a thaw. */
  readonly hookFolder: string;
  /** How long each of them, and `fsfreezeHook`, may run, in milliseconds. */
  readonly hookWithinMs: number;
}

export interface Settings {
  /** Name of the transport. */
  readonly method: string;
  /** Where the transport listens: a device, a socket file, HOST:PORT, CID:PORT. */
  readonly path: string;
  readonly logFile: string | undefined;
  readonly pidFile: string;
  readonly stateDirectory: string;
  /** Program run before a freeze and after a thaw, or undefined. */
  readonly fsfreezeHook: string | undefined;
  readonly verbose: boolean;
  readonly daemon: boolean;
  readonly retryPath: boolean;
  readonly blockRpcs: readonly string[];
  readonly allowRpcs: readonly string[];
  readonly tls: TlsSettings | undefined;
  /** undefined where nothing is said: the host alone. */
  readonly vsockPeers: VsockPeers | undefined;
  readonly freeze: FreezeSettings;
  /** Files and folders of plugins, and the folders in which more plugins and manifests of scripts are looked for. */
  readonly plugins: readonly string[];
  readonly pluginFolder: string;
  readonly scriptFolder: string;
}

export const Settings = new Token<Settings>("settings");
