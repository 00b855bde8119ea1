/** The one ajv of lodger: for the generated validators at build time, and at run time for schemas of plugins from disk. */
import { Ajv, type Options } from "ajv";
import { defineKeywords } from "./keywords.ts";

/** `allErrors`, because the wire reports the first error in the schema's order, not in ajv's. */
export function createAjv(options: Options = {}): Ajv {
  return defineKeywords(new Ajv({ allErrors: true, ownProperties: true, strict: true, messages: false, ...options }));
}
