/**
 * What the agent and the process that works in a home directory say to each other: one JSON text each way. The request comes from root;
 * the answer comes from a process with a user's rights, so that it is checked like anything from outside.
 */
import { type Account, MAX_HOME_FILE_BYTES } from "../accounts.ts";
import { OsError } from "../ports.ts";
import { osError } from "./errno.ts";

/** The hidden first argument that makes the program this process. */
export const HOME_WORKER = "home-files";

/** Neither side reads more: the largest file as base64, and some names. */
export const MAX_MESSAGE_BYTES = Math.ceil(MAX_HOME_FILE_BYTES / 3) * 4 + 16 * 1024;

export interface HomeRequest {
  readonly account: Account;
  readonly folder: string;
  readonly name: string;
  /** What the file shall hold; without it, it is read. */
  readonly content?: Uint8Array;
}

/** What is wrong with a place, where the system's own text would not say it. */
const REASONS = {
  "folder is a link": ["ELOOP", 40, "The directory is a symbolic link, which is not followed"],
  "file is a link": ["ELOOP", 40, "The file is a symbolic link, which is not followed"],
  "no regular file": ["EINVAL", 22, "Not a regular file"],
  "no home": ["EINVAL", 22, "The user's home directory is not an absolute path"],
} as const;

export type Reason = keyof typeof REASONS;

/** The steps that an answer may name. */
const CALLS = ["setuid", "mkdir", "open", "read", "write", "rename"] as const;

export type Call = (typeof CALLS)[number];

/** A step that failed, in the worker. */
export class HomeFailure extends Error {
  override readonly name = "HomeFailure";
  /** An errno's name, or one of our reasons. */
  readonly code: `E${string}` | Reason;
  readonly call: Call;

  constructor(code: `E${string}` | Reason, call: Call) {
    super(`${call}: ${code}`);
    this.code = code;
    this.call = call;
  }
}

export function writeRequest({ content, ...rest }: HomeRequest): string {
  return JSON.stringify(content === undefined ? rest : { ...rest, content: Buffer.from(content).toString("base64") });
}

/** @throws Error for anything but a request as `writeRequest` makes it. */
export function readRequest(text: string): HomeRequest {
  const { account, folder, name, content } = members(JSON.parse(text));
  const { name: user, uid, gid, home } = members(account);
  if (typeof user !== "string" || typeof home !== "string" || !isId(uid) || !isId(gid)) throw new Error("no account");
  if (!isOneName(folder) || !isOneName(name)) throw new Error("no name of a file");
  const request = { account: { name: user, uid, gid, home }, folder, name };
  if (content === undefined) return request;
  if (typeof content !== "string") throw new Error("no content");
  return { ...request, content: Buffer.from(content, "base64") };
}

/** 2^32-1 is none: to setuid(2) it means "leave it as it is". */
function isId(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32 - 1;
}

function isOneName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value !== "." && value !== ".." && !/[/\0]/.test(value);
}

export function writeAnswer(outcome: Uint8Array | undefined | HomeFailure): string {
  if (outcome instanceof HomeFailure) return JSON.stringify({ failed: outcome.code, call: outcome.call });
  return JSON.stringify({ content: outcome === undefined ? null : Buffer.from(outcome).toString("base64") });
}

/**
 * @returns the file's content, undefined where there is no file or it was written.
 * @throws OsError for what the answer says has failed, or if it is no answer.
 */
export function readAnswer(text: string): Uint8Array | undefined {
  let content: unknown;
  let failed: unknown;
  let call: unknown;
  try {
    ({ content, failed, call } = members(JSON.parse(text)));
  } catch {
    throw noAnswer();
  }
  if (content === null) return undefined;
  if (typeof content === "string") return Buffer.from(content, "base64");
  const step = CALLS.find((known) => known === call);
  if (typeof failed !== "string" || step === undefined) throw noAnswer();
  const reason = Object.hasOwn(REASONS, failed) ? REASONS[failed as Reason] : undefined;
  if (reason === undefined) throw step === "setuid" ? notTheUser(osError({ code: failed }, step)) : osError({ code: failed }, step);
  const [code, errno, message] = reason;
  throw new OsError(code, errno, message, step);
}

/** The process ended before it had answered. */
export function noAnswer(how = "without an answer"): OsError {
  return new OsError("EPROTO", 71, `the process that works in the home directory ended ${how}`, "open");
}

/** The system's own text alone would read as if the file were to blame. */
function notTheUser({ code, errno, message, call }: OsError): OsError {
  return new OsError(code, errno, `The agent can't become the user: ${message}`, call);
}

function members(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error("no object");
  return value as Record<string, unknown>;
}
