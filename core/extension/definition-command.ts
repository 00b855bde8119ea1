/** What is wrong with the declaration of one command. */
import { nearest } from "../config/nearest.ts";
import type { AnyCommand } from "../plugin.ts";
import { isRecord, type Kind, kindProblems, schemaProblem } from "./definition-kinds.ts";
import { isName, NAME_RULE } from "./names.ts";

const MEMBERS: Readonly<Record<keyof AnyCommand, Kind>> = {
  name: "text",
  since: "text",
  summary: "text",
  arguments: "schema",
  returns: "schema",
  whileFrozen: "flag",
  answers: "flag",
  delimited: "flag",
  synchronizes: "flag",
  thaws: "flag",
  privilege: "text",
  profile: "profile",
  parity: "text",
  supported: "function",
  run: "function",
};
const REQUIRED = ["name", "since", "summary", "run"];

/** @param index its place in the list, for one without a name. */
export function commandProblems(command: unknown, index: number): string[] {
  if (!isRecord(command)) return [`command ${index + 1} of the list is no command: write command({ … })`];
  const { name } = command;
  const called = typeof name === "string" ? `the command ${name}` : `command ${index + 1} of the list`;
  const found: string[] = [];
  if (typeof name === "string" && !isName(name)) found.push(`'${name}' is no command's name: use ${NAME_RULE}`);
  for (const member of REQUIRED) {
    if (command[member] === undefined) found.push(`${called} lacks '${member}'`);
  }
  found.push(...kindProblems(command, MEMBERS, called));
  for (const member of Object.keys(command)) {
    if (Object.hasOwn(MEMBERS, member)) continue;
    const like = nearest(member, Object.keys(MEMBERS));
    found.push(`${called} has an unknown member '${member}'${like === undefined ? "" : `: is '${like}' meant?`}`);
  }
  for (const member of ["arguments", "returns"] as const) {
    const schema = command[member];
    if (!isRecord(schema)) continue;
    const isObject = member === "returns" || (schema.type === "object" && schema.additionalProperties === false);
    const problem = isObject ? schemaProblem(schema) : "arguments have names, so it has to be a Type.Object({ … })";
    if (problem !== undefined) found.push(`'${member}' of ${called} is no usable schema: ${problem}`);
  }
  return found;
}
