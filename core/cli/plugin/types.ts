/** `lodger plugin types`: the declarations of `lodger/plugin` that belong to this very program. */
import packed from "lodger:plugin-types";
import { brotliDecompressSync } from "node:zlib";
import type { SubcommandInput } from "../subcommand.ts";

export function pluginTypes(): string {
  return brotliDecompressSync(Buffer.from(packed, "base64")).toString();
}

export function printTypes({ write }: SubcommandInput): number {
  write(pluginTypes());
  return 0;
}
