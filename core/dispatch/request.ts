/** The envelope of a request: what a message must be before a command is looked up. */
import { CommandError } from "../errors.ts";
import { LongString } from "../protocol/long-string.ts";
import { Double, type JsonObject, type JsonValue } from "../protocol/values.ts";

export interface Request {
  readonly execute: string;
  readonly arguments: JsonObject;
}

/** The member that a client gets back to know its answer by; any value. */
export interface Identified {
  readonly id?: JsonValue;
}

/**
 * @returns the id member, if the message has one: it is echoed also where the rest is wrong.
 */
export function idOf(message: JsonValue): Identified {
  return isObject(message) && Object.hasOwn(message, "id") ? { id: message.id as JsonValue } : {};
}

/** @throws CommandError saying what is no request about it. */
export function readRequest(message: JsonValue): Request {
  if (!isObject(message)) throw new CommandError("NOT_AN_OBJECT");
  let execute: string | undefined;
  let args: JsonObject = {};
  for (const member of Object.keys(message)) {
    const value = message[member];
    if (member === "execute") {
      if (value instanceof LongString) execute = value.text();
      else if (typeof value === "string") execute = value;
      else throw new CommandError("EXECUTE_TYPE");
    } else if (member === "arguments") {
      if (!isObject(value)) throw new CommandError("ARGUMENTS_TYPE");
      args = value;
    } else if (member !== "id") {
      throw new CommandError("MEMBER_UNEXPECTED", { member });
    }
  }
  if (execute === undefined) throw new CommandError("NO_EXECUTE");
  return { execute, arguments: args };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Double) && !(value instanceof LongString)
  );
}
