/** All checks, in the order in which they are told: from the channel to what the agent does by it. */
import { StartError } from "../config/start-error.ts";
import { agentCheck } from "./agent.ts";
import { apparmorCheck } from "./apparmor.ts";
import { type Check, type Finding, notApplicable, notChecked, type Subject } from "./check.ts";
import { clockCheck } from "./clock.ts";
import { commandsCheck } from "./commands.ts";
import { configurationCheck } from "./configuration.ts";
import { freezeCheck } from "./freeze.ts";
import { Denied } from "./machine.ts";
import { memoryCheck } from "./memory.ts";
import { otherAgentsCheck } from "./other-agents.ts";
import { pluginsCheck } from "./plugins.ts";
import { portCheck } from "./port.ts";
import { portHolderCheck } from "./port-holder.ts";
import { selinuxCheck } from "./selinux.ts";
import { serviceCheck } from "./service.ts";
import { stateFolderCheck } from "./state-folder.ts";
import { systemCheck } from "./system.ts";

export const CHECKS: readonly Check[] = [
  portCheck,
  portHolderCheck,
  otherAgentsCheck,
  agentCheck,
  serviceCheck,
  configurationCheck,
  pluginsCheck,
  commandsCheck,
  stateFolderCheck,
  freezeCheck,
  clockCheck,
  memoryCheck,
  selinuxCheck,
  apparmorCheck,
  systemCheck,
];

export interface Checked {
  readonly name: string;
  readonly findings: readonly Finding[];
}

/** Never rejects: a check that fails itself says so. */
export async function examine(subject: Subject, checks: readonly Check[] = CHECKS): Promise<readonly Checked[]> {
  const results: Checked[] = [];
  for (const check of checks) results.push({ name: check.name, findings: await findings(check, subject) });
  return results;
}

async function findings({ on, look }: Check, subject: Subject): Promise<readonly Finding[]> {
  const { platform, uid } = subject.machine;
  if (on !== undefined && !on.includes(platform)) return [notApplicable(`not on this system (${platform})`)];
  try {
    return await look(subject);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof StartError) return [notChecked(why, "put that right first")];
    if (error instanceof Denied)
      return [notChecked(why, uid === 0 ? "something keeps even root from it: a container, SELinux" : "run it as root")];
    return [notChecked(`this check failed itself: ${why}`, "tell the authors of lodger, with 'lodger doctor --json'")];
  }
}
