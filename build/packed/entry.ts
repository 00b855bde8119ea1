/** What an executable runs first: it has the program as scripts among its assets, with V8's code for them. */
import { getRawAsset } from "node:sea";
import { codeOf, compile, MAIN, type Program } from "./scripts.ts";

declare const LODGER_TARGET: string;
declare const LODGER_CODE: boolean;

const asset = (name: string): Buffer => Buffer.from(getRawAsset(name));

function script(name: string): Program {
  // Node's `getAsset` would have a decoder loaded for it; the scripts are ASCII.
  const compiled = compile(name, asset(name).toString("latin1"), LODGER_CODE ? asset(codeOf(name)) : undefined);
  packed.isCompiled &&= compiled.cachedDataRejected === false;
  return compiled.runInThisContext();
}

const packed = { target: LODGER_TARGET, script, isCompiled: LODGER_CODE };
Object.assign(globalThis, { [Symbol.for("lodger.packed")]: packed });
script(MAIN)(require, module, __filename);
