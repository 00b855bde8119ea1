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
}

export const Settings = new Token<Settings>("settings");
