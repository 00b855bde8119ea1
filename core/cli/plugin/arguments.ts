/** The arguments of `lodger plugin …`, by the rules of `node:util`. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { StartError } from "../../config/start-error.ts";

/** @throws StartError */
export function parsePluginArguments<const O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    throw new StartError(`${reason}: try 'lodger plugin --help'`, { cause: error });
  }
}
