/** `lodger plugin new|check|test|list`: for plugin authors and for who installs plugins. */
import { StartError } from "../config/start-error.ts";
import type { SubcommandInput } from "./subcommand.ts";

export function pluginCommand(_input: SubcommandInput): number {
  throw new StartError("lodger plugin new, check, test or list: not built yet");
}
