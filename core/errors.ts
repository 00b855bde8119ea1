/**
 * The catalogue of errors: one code, one class of the wire, one text. Clients match on these texts, so a code is never used again
 * for another meaning. The texts are those of the interface's level that guest-info reports (10.2).
 */

export type ErrorClass = "GenericError" | "CommandNotFound";

interface Entry {
  readonly class: ErrorClass;
  readonly text: string;
}

const generic = (text: string): Entry => ({ class: "GenericError", text });

/** `{name}` is replaced by the value of that name. */
export const CATALOGUE = {
  // the request's text
  JSON: generic("JSON parse error, {what}"),
  JSON_TOKEN_SIZE: generic("JSON token size limit exceeded"),
  JSON_TOKEN_COUNT: generic("JSON token count limit exceeded"),
  JSON_NESTING: generic("JSON nesting depth limit exceeded"),
  // the request's envelope
  NOT_AN_OBJECT: generic("QMP input must be a JSON object"),
  NO_EXECUTE: generic("QMP input lacks member 'execute'"),
  EXECUTE_TYPE: generic("QMP input member 'execute' must be a string"),
  ARGUMENTS_TYPE: generic("QMP input member 'arguments' must be an object"),
  MEMBER_UNEXPECTED: generic("QMP input member '{member}' is unexpected"),
  // the command
  COMMAND_NOT_FOUND: { class: "CommandNotFound", text: "The command {name} has not been found" },
  COMMAND_DISABLED: { class: "CommandNotFound", text: "Command {name} has been disabled: the command is not allowed" },
  ARGUMENTS_REFUSED: generic("Command {name} is not allowed with {what}: see 'lodger policy explain' in the guest"),
  LIMIT_REACHED: generic("Command {name} is limited to {limit}"),
  // its arguments
  PARAMETER_MISSING: generic("Parameter '{name}' is missing"),
  PARAMETER_UNEXPECTED: generic("Parameter '{name}' is unexpected"),
  PARAMETER_TYPE: generic("Invalid parameter type for '{name}', expected: {expected}"),
  PARAMETER_VALUE: generic("Parameter '{name}' does not accept value '{value}'"),
  PARAMETER_INVALID: generic("Parameter '{name}' {reason}"),
  BASE64_INVALID: generic("Base64 data contains invalid characters"),
  // its run
  COMMAND_FAILED: generic("{reason}"),
  SYSTEM_CALL: generic("Command {name} failed: {call}: {reason}"),
  INTERNAL: generic("Command {name} failed inside the agent: {reason}"),
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof CATALOGUE;

/** An error that is told to a client and no fault of the agent's. A trace would cost more than all else of an answer, and a client can make a million. */
export class UntracedError extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What a command throws to answer an error. An `OsError` is reported as SYSTEM_CALL; anything else as INTERNAL, and logged with its stack. */
export class CommandError extends UntracedError {
  override readonly name = "CommandError";
  readonly code: ErrorCode;
  readonly class: ErrorClass;

  /**
   * @param code of the catalogue; a command of a plugin uses `COMMAND_FAILED` with `reason`, the whole text that the client shall read.
   * @param values what the catalogue's text names in braces.
   */
  constructor(code: ErrorCode, values: Readonly<Record<string, string>> = {}) {
    const entry: Entry = CATALOGUE[code];
    super(entry.text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `{${name}}`));
    this.code = code;
    this.class = entry.class;
  }
}

/** Shorthand for the usual case: a command fails with this text. */
export function failed(reason: string): CommandError {
  return new CommandError("COMMAND_FAILED", { reason });
}
