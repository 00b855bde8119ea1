/** `lodger policy explain COMMAND [JSON]`: what the admin's rules say to a request, which line decides, and what to change. */
import { StartError } from "../config/start-error.ts";
import type { SubcommandInput } from "./subcommand.ts";

export function policyCommand(_input: SubcommandInput): number {
  throw new StartError("lodger policy explain COMMAND [JSON]: not built yet");
}
