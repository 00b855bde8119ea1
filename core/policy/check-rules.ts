/** The admin's rules beside the commands that there are, at the start and at a reload. */
import { originText, Problems } from "../config/problems.ts";
import type { Log } from "../log.ts";
import type { AnyCommand } from "../plugin.ts";
import type { PolicyRules } from "./rules.ts";

/**
 * Warnings are logged.
 * @throws StartError naming all that no command could ever meet.
 */
export async function checkRules(rules: PolicyRules, commands: readonly AnyCommand[], log: Log): Promise<void> {
  const { checkPolicy } = await import("./check-policy.ts");
  const problems = new Problems();
  checkPolicy(rules, commands, problems);
  problems.refuse();
  for (const { origin, text } of problems.warnings) log.warning(`${originText(origin)}: ${text}`);
}
