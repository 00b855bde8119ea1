/** `lodger config check`: all that is wrong with the configuration, at once. */
import { StartError } from "../config/start-error.ts";
import type { SubcommandInput } from "./subcommand.ts";

export function configCommand(_input: SubcommandInput): number {
  throw new StartError("lodger config check: not built yet");
}
