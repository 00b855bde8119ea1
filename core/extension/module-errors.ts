/** Why a plugin's module can't be loaded, in one line: what is wrong, where, and what to do. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { printable } from "../printable.ts";
import { Untrusted } from "../trusted-file.ts";
import { strip } from "./module-format.ts";

const LONGEST = 1000;

/** Its message is one line for the admin. */
export class ModuleError extends Error {
  override readonly name = "ModuleError";
}

/**
 * @param file where it begins, for what doesn't say itself where it is wrong.
 * @param files all that were read for it.
 */
export function moduleError(error: unknown, file: string, files: readonly string[] = [file]): ModuleError {
  return new ModuleError(oneLine(text(error, file, files)), { cause: error });
}

/** Printable, and no longer than a line of a log may be. */
export function oneLine(text: string): string {
  const line = printable(text.trim().replace(/\s*\n\s*/g, " "));
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** What was thrown, as text: anything can be, also what can't be read. */
export function thrownText(error: unknown): string {
  try {
    if (error instanceof Error) return `${error.message === "" ? error.name : error.message}`;
    return typeof error === "object" && error !== null ? (JSON.stringify(error) ?? "an object") : String(error);
  } catch {
    return "something that can't be shown";
  }
}

export function adviceForMissing(isPackage: boolean): string {
  return isPackage ? "install it beside the plugin ('npm install' in its folder)" : "is the path right, with its ending?";
}

function text(error: unknown, file: string, files: readonly string[]): string {
  if (error instanceof Untrusted) return error.message;
  if (!(error instanceof Error)) return `${file}: it threw ${thrownText(error)} while it was loaded, which is no Error`;
  const code = "code" in error ? String(error.code) : "";
  const message = error.message.replace(/\nRequire stack:[\s\S]*$/, "").replaceAll(/\?lodger=\d+/g, "");
  const where = place(error) ?? file;
  switch (code) {
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return `${where}: ${message}: types are taken away and nothing is compiled; write it as JavaScript does (an object for an enum), or compile the plugin`;
    case "ERR_INVALID_TYPESCRIPT_SYNTAX":
      return `${where}: ${message}`;
    case "ERR_MODULE_NOT_FOUND":
    case "MODULE_NOT_FOUND":
      return `${where}: ${message}: ${adviceForMissing(/package|module '[^./]/.test(message))}`;
    case "ERR_INVALID_PACKAGE_CONFIG":
      return `${where}: ${message}`;
    case "ENOENT":
      return `${file}: there is no such file`;
  }
  if (error instanceof SyntaxError) return `${syntaxPlace(error, file, files)}: ${message}`;
  return `${where}: it threw while it was loaded: ${thrownText(error)}`;
}

/** The first line of a stack that is a place: of an error in the text itself, or of the first call in a file. */
function place({ stack = "" }: Error): string | undefined {
  const first = /^((?:file:\/\/)?\/\S+?:\d+)(?::\d+)?\n/.exec(stack)?.[1];
  const call = /\n\s+at .*?((?:file:\/\/)\/[^\s?]+(?:\?lodger=\d+)?:\d+):\d+\)?/.exec(stack)?.[1];
  const at = first ?? call;
  return at === undefined ? undefined : plainPath(at.replace(/\?lodger=\d+/, ""));
}

function plainPath(at: string): string {
  const [, path = at, line = ""] = /^(.*?)(:\d+)$/.exec(at) ?? [];
  return `${path.startsWith("file:") ? fileURLToPath(path) : path}${line}`;
}

/** Node keeps to itself where an ECMAScript module breaks off; the parser that takes types away tells. */
function syntaxPlace(error: SyntaxError, entry: string, files: readonly string[]): string {
  const known = place(error);
  if (known !== undefined) return known;
  for (const file of files) {
    try {
      if (/\.[cm]?[jt]s$/.test(file)) strip(readFileSync(file, "utf8"), file);
    } catch (again) {
      const at = again instanceof SyntaxError ? place(again) : undefined;
      if (at !== undefined) return at;
    }
  }
  return entry;
}
