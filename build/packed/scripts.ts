/** A script of the program, as the executable compiles it and as the build does beforehand: V8 takes code only for what it was made for. */
import { constants, Script } from "node:vm";

/** The script that an agent runs on; it is one function, as `scriptOf` writes it. */
export const MAIN = "lodger.cjs";

/** What the second one is called: a function too, called when something of it is asked for. */
export const LATER = "lodger-later.cjs";

/** What a script's code is called beside it. */
export const codeOf = (name: string): string => `${name}.code`;

export type Program = (require: NodeJS.Require, module: object, filename: string) => void;

/** @param text CommonJS. @returns the same as a function of what CommonJS has. Its first line stays the first. */
export const scriptOf = (text: string): string => `(function (require, module, __filename) { const { exports } = module; ${text}\n})`;

/** @param code that V8 made of it; with none, or another V8's, the script is compiled as it runs. */
export function compile(name: string, text: string, code?: Buffer): Script {
  return new Script(text, { filename: name, cachedData: code, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
}
