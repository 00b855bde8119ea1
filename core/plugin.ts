/**
 * The public interface for plugin authors, published as `lodger/plugin`. A plugin or a transport imports nothing else of lodger.
 *
 * @example
 * ```ts
 * import { command, definePlugin, Type } from "lodger/plugin";
 *
 * export default definePlugin({
 *   name: "hello",
 *   commands: () => [
 *     command({
 *       name: "guest-hello",
 *       since: "1.0",
 *       summary: "Greets, to show what a plugin looks like.",
 *       arguments: Type.Object({ name: Type.Optional(Type.String()) }),
 *       returns: Type.Object({ greeting: Type.String() }),
 *       run: ({ name = "host" }) => ({ greeting: `hello ${name}` }),
 *     }),
 *   ],
 * });
 * ```
 */
import type { Log } from "./log.ts";
import type { Confinement } from "./os/ports.ts";
import type { Static, TObject, TSchema } from "./schema.ts";
import type { Settings } from "./settings.ts";
import type { Token } from "./token.ts";

export { AgentVersion, Commands } from "./commands.ts";
export { CommandError, type ErrorCode, failed } from "./errors.ts";
export { runHelper } from "./helper-process.ts";
export { Log } from "./log.ts";
export * from "./os/accounts.ts";
export * from "./os/block-devices.ts";
export * from "./os/child-processes.ts";
export * from "./os/clock.ts";
export * from "./os/devices.ts";
export * from "./os/freezer.ts";
export { formatIpv4, formatIpv6 } from "./os/linux/inet.ts";
export * from "./os/local-file-systems.ts";
export { onlyOn, type System } from "./os/only-on.ts";
export * from "./os/pipe-handle.ts";
export * from "./os/ports.ts";
export * from "./os/power-control.ts";
export * from "./os/storage.ts";
export * from "./os/system-information.ts";
export * from "./os/vsock.ts";
export { type Int64Value, type Notes, type Role, type Static, type TObject, type TSchema, Type } from "./schema.ts";
export { type FreezeSettings, Settings, type TlsSettings, type VsockPeers } from "./settings.ts";
export { AgentState } from "./state.ts";
export { AgentStatistics, type AgentStatisticsReport } from "./statistics/agent-statistics.ts";
export { Holdings } from "./statistics/holdings.ts";
export { Token } from "./token.ts";

/** Profiles that a command may be in; each has all of the one before. */
export type CommandProfile = "observe" | "backup" | "standard";

/** What a command is told beside its arguments. */
export interface CommandContext {
  /** Fires when the client has given the command up (a later sync waited long enough) or the agent ends. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /**
   * Memory for an answer's bytes, used again after the answer was sent: for large results it saves the time that fresh memory costs.
   * @param bytes how many; the caller has checked that it is a sane number.
   */
  scratch(bytes: number): Uint8Array;
  /**
   * What the admin's rules leave of an argument that is a path. Checked already; who opens it hands it on to `files.open`, which holds to it
   * also if somebody swaps a folder for a link meanwhile.
   * @returns undefined where everything is allowed.
   */
  confinement(argument: string): Confinement | undefined;
  /** @param done is called once the answer was sent, or won't be: memory of the command's own that its bytes are in may then be freed. */
  afterAnswer(done: () => void): void;
}

type Arguments<A extends TObject | undefined> = A extends TObject ? Static<A> : Record<string, never>;
type Result<R extends TSchema | undefined> = R extends TSchema ? Static<R> : void;

/** One command, declared once: validation, types, documentation and guest-info all come from here. */
export interface CommandDefinition<
  A extends TObject | undefined = TObject | undefined,
  R extends TSchema | undefined = TSchema | undefined,
> {
  /** Name on the wire; lower case, words joined by `-`. */
  readonly name: string;
  /** Version of the interface, or of the plugin, that has it first. */
  readonly since: string;
  /** One sentence. */
  readonly summary: string;
  readonly arguments?: A;
  /** Without it the command answers an empty object. */
  readonly returns?: R;
  /** Stays enabled while file systems are frozen; such a command must not write to any. Default: false. */
  readonly whileFrozen?: boolean;
  /** `false`: nothing is answered on success, because success takes the channel away. Errors are answered. Default: true. */
  readonly answers?: boolean;
  /** The answer is preceded by the byte 0xFF, by which a client finds it. Default: false. */
  readonly delimited?: boolean;
  /** Who sends it has given up whatever it sent before on this connection: what is stuck is abandoned. Default: false. */
  readonly synchronizes?: boolean;
  /** Ends the frozen state. The agent runs it also by itself before it ends, so that no guest is left frozen. Default: false. */
  readonly thaws?: boolean;
  /** What the command needs to be allowed, for the documentation. Default: nothing. */
  readonly privilege?: string;
  /** The smallest profile of the admin's that has it: `observe`, `backup`, `standard`. Default: only `full`. */
  readonly profile?: CommandProfile;
  /** For a command of qemu-ga's interface: how it compares with qemu-ga 10.2's, for the documentation. */
  readonly parity?: "same" | `better: ${string}` | `not compared: ${string}`;
  /** @returns true, or the reason why this system can't do it; the command is then left out, and the reason shown to who looks for it. */
  readonly supported?: () => true | string | Promise<true | string>;
  /** @throws CommandError for an error that the client shall read. */
  readonly run: (args: Arguments<A>, context: CommandContext) => Result<R> | Promise<Result<R>>;
}

/** Any command, as the registry holds it. */
// biome-ignore lint/suspicious/noExplicitAny: the argument's type is what the schema beside it says; a list of commands has many.
export type AnyCommand = CommandDefinition<any, any>;

/** Gives a definition its types. */
export function command<A extends TObject | undefined = undefined, R extends TSchema | undefined = undefined>(
  definition: CommandDefinition<A, R>,
): CommandDefinition<A, R> {
  return definition;
}

/** One client: bytes in, bytes out. */
export interface Connection {
  /** Who is at the other end, for logs: a path, an address, a common name. */
  readonly peer: string;
  /** Ends when the client has left. A chunk is valid until the next one is asked for: its memory may be used again. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Resolves when `bytes` may be changed again; it never rejects: who is gone doesn't read. */
  send(bytes: Uint8Array): Promise<void>;
  close(): void;
  readonly closed: Promise<void>;
}

/** A way for clients to reach the agent. */
export interface Transport {
  /** As `--method` has it. */
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  /** Path where none is given; without it the user must say one. */
  readonly defaultPath?: string;
  /**
   * Opens the channel and yields each client.
   * @param signal ends it: the channel is closed, nothing is left behind.
   * @returns once the channel is open.
   * @throws Error whose message says what to do, if it can't be opened.
   */
  listen(settings: Settings, log: Log, signal: AbortSignal): Promise<AsyncIterable<Connection>>;
}

type Needs = Readonly<Record<string, Token<unknown>>>;
type Provided<N extends Needs> = { readonly [K in keyof N]: N[K] extends Token<infer T> ? T : never };
type Options<O extends TObject | undefined> = O extends TObject ? Static<O> : Record<string, never>;

/** What the agent gives to a plugin that it runs. */
export interface PluginHost<O = unknown> {
  /** The admin's table `[plugins.NAME.options]`, checked by the plugin's schema and with its defaults. */
  readonly options: O;
  /** Its lines carry the plugin's name. Of a flood, the rest of the second is counted and left out. */
  readonly log: Log;
  /** Fires when the plugin shall stop. */
  readonly signal: AbortSignal;
  /**
   * A folder of the plugin's own, mode 0700, that outlives the agent; made when it is first asked for.
   * @returns its path.
   * @throws CommandError while file systems are frozen, for nothing may be written then. @throws OsError if it can't be made.
   */
  stateFolder(): Promise<string>;
}

/** The version of this interface. A plugin that was written for another major one is refused. */
export const PLUGIN_API = 1;

export interface PluginDefinition<N extends Needs = Needs, O extends TObject | undefined = TObject | undefined, P extends Needs = Needs> {
  /** Lower case, words joined by `-`; its file's or folder's name. */
  readonly name: string;
  /** Of the plugin, as its author counts. */
  readonly version?: string;
  /** One sentence. */
  readonly summary?: string;
  /** The {@link PLUGIN_API} that it was written for. Default: the present one. */
  readonly api?: number;
  /** What it is built from: ports of the system, and what other plugins provide. The host checks it before anything starts. */
  readonly needs?: N;
  /** What other plugins may need of it: `start` returns a value for each. */
  readonly provides?: P;
  /** Names of plugins that start before this one, where they are there. */
  readonly after?: readonly string[];
  /** What the admin may set. */
  readonly options?: O;
  /**
   * Runs before the first command does, in the order of needs, within the admin's time limit.
   * @returns what it provides.
   * @throws Error why it can't start: its commands are then left out, and the log and `lodger plugin list` say why.
   */
  readonly start?: (provided: Provided<N>, host: PluginHost<Options<O>>) => StartResult<P> | Promise<StartResult<P>>;
  /** Runs when the agent ends or the plugin is loaded anew, in the opposite order, within a time limit; `host.signal` has fired. */
  readonly stop?: (provided: Provided<N>, host: PluginHost<Options<O>>) => void | Promise<void>;
  /** Declares commands. It must not use what it is given before one of them runs: they are declared also where the plugin doesn't run. */
  readonly commands?: (provided: Provided<N>, host: PluginHost<Options<O>>) => readonly AnyCommand[];
  readonly transports?: (provided: Provided<N>) => readonly Transport[];
}

/** Nothing, where a plugin provides nothing; anything, of a plugin of which that isn't known. */
type StartResult<P extends Needs> = string extends keyof P ? unknown : keyof P extends never ? void : Provided<P>;

/** Any plugin, as the agent holds it. */
// biome-ignore lint/suspicious/noExplicitAny: plugins need different things; each checks its own.
export type AnyPlugin = PluginDefinition<any, any, any>;

/** Gives a definition its types. */
export function definePlugin<
  const N extends Needs = Record<never, never>,
  O extends TObject | undefined = undefined,
  const P extends Needs = Record<never, never>,
>(definition: PluginDefinition<N, O, P>): PluginDefinition<N, O, P> {
  return definition;
}
