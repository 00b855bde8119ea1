/** What a module's text is: ECMAScript or CommonJS, TypeScript or not. Node decides by the name; where the name is open, by the text. */
import { stripTypeScriptTypes } from "node:module";
import { extname } from "node:path";
import { compileFunction } from "node:vm";
import { quietly } from "./quietly.ts";

export type ModuleFormat = "module" | "commonjs" | "json" | "wasm";

const BY_ENDING: ReadonlyMap<string, ModuleFormat> = new Map([
  [".mjs", "module"],
  [".mts", "module"],
  [".cjs", "commonjs"],
  [".cts", "commonjs"],
  [".json", "json"],
  [".wasm", "wasm"],
]);

/** Parameters that Node gives to a CommonJS module: what compiles between them is one. */
const WRAPPER = ["exports", "require", "module", "__filename", "__dirname"];
const ONLY_IN_MODULES = /import statement outside a module|'import\.meta' outside|Unexpected token 'export'|await is only valid/;

export interface ModuleText {
  readonly format: ModuleFormat;
  readonly source: string | Uint8Array;
}

/**
 * @param path ends the way Node knows a module by.
 * @param packageType what the nearest package.json says under "type".
 * @throws SyntaxError of TypeScript that isn't only types.
 */
export function moduleText(path: string, bytes: Buffer, packageType: string | undefined): ModuleText {
  const ending = extname(path);
  const known = BY_ENDING.get(ending);
  if (known === "wasm") return { format: known, source: bytes };
  const written = bytes.toString();
  const source = isTypeScript(path) ? strip(written, path) : written;
  if (known) return { format: known, source };
  if (packageType === "module" || packageType === "commonjs") return { format: packageType, source };
  return { format: isModule(source) ? "module" : "commonjs", source };
}

export function isTypeScript(path: string): boolean {
  return /\.[cm]?ts$/.test(path);
}

/** Columns and lines stay as they were written. @throws SyntaxError with the file and line in its stack. */
export function strip(source: string, path: string): string {
  return quietly(() => stripTypeScriptTypes(source, { mode: "strip", sourceUrl: path })).replace(/\n\n\/\/# sourceURL=.*$/, "");
}

function isModule(source: string): boolean {
  try {
    compileFunction(source, WRAPPER);
    return false;
  } catch (error) {
    return ONLY_IN_MODULES.test(String(error));
  }
}
