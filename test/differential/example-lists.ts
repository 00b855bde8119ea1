/** Answers with which the list of differences shows that it explains what it should, and nothing else. */

import { INTERFACE, INTERFACE_OF_WINDOWS } from "../interface.ts";
import type { Compared } from "./difference.ts";
import type { Generation } from "./reference.ts";

interface Pair {
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

/** @param disabled one that the reference reports as disabled, and ours doesn't. */
export function information(disabled: string): Pair {
  const line = (names: readonly string[], version: string, off = "") => {
    const commands = names.map((name) => `{"enabled": ${name !== off}, "name": "${name}", "success-response": true}`);
    return `{"return": {"supported_commands": [${commands.join(", ")}], "version": "${version}"}}`;
  };
  return { theirs: [line([...INTERFACE, "guest-exec"], "7.2.22", disabled)], ours: [line(INTERFACE, "10.2.0+lodger.0.1.0")] };
}

/** @param more a command that only the reference has. */
export function list(more: string): Pair {
  const line = (names: readonly string[]) => JSON.stringify(`stdout: ${JSON.stringify(names.join("\n"))}`);
  return { theirs: [line([...INTERFACE, more])], ours: [line(INTERFACE)] };
}

export function printed(theirs: string, ours: string): Pair {
  const line = (text: string) => JSON.stringify(`stdout: ${JSON.stringify(text)}`);
  return { theirs: [line(theirs)], ours: [line(ours)] };
}

/** Errors with these texts. */
export function example(generation: Generation, theirs: readonly string[], ours: readonly string[]): Compared {
  const lines = (texts: readonly string[]) => texts.map((text) => `{"error": {"class": "GenericError", "desc": "${text}"}}`);
  return { where: "example", sent: "", generation, theirs: lines(theirs), ours: lines(ours) };
}

/** A command of Windows' on Linux. @param error the class of our answer. */
export function windowsCommand(generation: Generation, error: string): Compared {
  const [name = ""] = INTERFACE_OF_WINDOWS;
  const line = (kind: string, desc: string) => `{"error": {"class": "${kind}", "desc": "${desc}"}}`;
  return {
    where: "example",
    sent: `{"execute":"${name}"}`,
    generation,
    theirs: [line("CommandNotFound", `Command ${name} has been disabled: the command is not allowed`)],
    ours: [line(error, `The command ${name} has not been found`)],
  };
}
