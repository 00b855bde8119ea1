/** What the agent and the process of an isolated plugin say to each other. The agent believes nothing of what it is told before it is checked. */
import type { Level } from "../../log.ts";
import type { Account } from "../../os/accounts.ts";
import type { Confinement } from "../../os/ports.ts";
import type { Settings } from "../../settings.ts";
import { ProtocolError } from "./protocol-error.ts";
import { isCount } from "./values.ts";

/** The hidden first argument by which the program knows that it is the process of a plugin. */
export const PLUGIN_HOST = "plugin-host";
/** The descriptor of the channel there. */
export const CHANNEL_FD = 3;

/** What the process is to be, before it loads the plugin. */
export interface OpenOrder {
  readonly name: string;
  readonly file: string;
  readonly settings: Settings;
  /** In MiB. */
  readonly memoryLimit: number;
  /** Whom it becomes; the agent's own user if undefined. */
  readonly account: Account | undefined;
}

/** Each has an answer of the same id. */
export type Request =
  | { readonly type: "open"; readonly order: OpenOrder }
  | { readonly type: "start"; readonly options: unknown }
  | { readonly type: "supported"; readonly command: string }
  | {
      readonly type: "call";
      readonly command: string;
      readonly arguments: unknown;
      readonly confinements: Readonly<Record<string, Confinement>>;
    }
  | { readonly type: "stop" };

export type ToChild =
  | (Request & { readonly id: number })
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "beat" }
  /** The answer to `folder`. */
  | { readonly type: "folder"; readonly id: number; readonly path?: string; readonly error?: string };

export interface Failure {
  readonly text: string;
  /** The client shall read exactly this text: the plugin threw a CommandError. */
  readonly told: boolean;
  /** For the log. */
  readonly stack?: string;
}

export type FromChild =
  | { readonly type: "result"; readonly id: number; readonly value?: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: Failure }
  | { readonly type: "log"; readonly level: Level; readonly text: string }
  | { readonly type: "beat" }
  | { readonly type: "folder"; readonly id: number };

const LEVELS: ReadonlySet<unknown> = new Set<Level>(["error", "critical", "warning", "message", "info", "debug"]);

/** @throws ProtocolError */
export function readFromChild(message: unknown): FromChild {
  if (!isRecord(message)) throw new ProtocolError("a message is no object");
  const { type, id, value, error, level, text } = message;
  if (type === "beat") return { type };
  if (type === "log" && LEVELS.has(level) && typeof text === "string") return { type, level: level as Level, text };
  if (isCount(id)) {
    if (type === "result") return { type, id, value };
    if (type === "folder") return { type, id };
    if (type === "error" && isRecord(error) && typeof error.text === "string") {
      const { text: why, told, stack } = error;
      return { type, id, error: { text: why, told: told === true, ...(typeof stack === "string" ? { stack } : {}) } };
    }
  }
  throw new ProtocolError("a message of no known kind");
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Date);
}
