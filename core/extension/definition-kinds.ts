/** What the members of a definition have to be. */
import type { Ajv } from "ajv";
import { createAjv } from "../dispatch/ajv.ts";
import { isName } from "./names.ts";

export type Kind = "text" | "number" | "flag" | "function" | "schema" | "tokens" | "names" | "profile";

const MEANT: Readonly<Record<Kind, string>> = {
  text: "a text",
  number: "a number",
  flag: "true or false",
  function: "a function",
  schema: "a schema, made with Type",
  tokens: "an object of tokens, such as { processes: Processes }",
  names: "a list of plugins' names",
  profile: "observe, backup or standard",
};

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param called what the definition is called in an error. */
export function kindProblems(definition: Record<string, unknown>, members: Readonly<Record<string, Kind>>, called: string): string[] {
  return Object.entries(members).flatMap(([member, kind]) => {
    const value = definition[member];
    return value === undefined || isOfKind(value, kind) ? [] : [`'${member}' of ${called} has to be ${MEANT[kind]}`];
  });
}

function isOfKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string" && value.trim() !== "";
    case "number":
      return typeof value === "number";
    case "flag":
      return typeof value === "boolean";
    case "function":
      return typeof value === "function";
    case "schema":
      return isRecord(value);
    case "tokens":
      return isRecord(value) && Object.values(value).every(isToken);
    case "names":
      return Array.isArray(value) && value.every((name) => typeof name === "string" && isName(name));
    case "profile":
      return value === "observe" || value === "backup" || value === "standard";
  }
}

function isToken(value: unknown): boolean {
  return isRecord(value) && typeof value.name === "string" && typeof value.key === "symbol";
}

let ajv: Ajv | undefined;

/** @returns what our ajv says against it; undefined if it can be used. */
export function schemaProblem(schema: object): string | undefined {
  ajv ??= createAjv({ logger: false });
  try {
    ajv.compile(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    ajv.removeSchema(schema);
  }
}
