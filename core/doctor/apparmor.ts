/** Whether AppArmor keeps the agent from its work. */
import { type Check, type Finding, notApplicable, ok, problem, warning } from "./check.ts";
import { denials } from "./denials.ts";
import { agentsAt } from "./processes.ts";

const REFUSED = /apparmor="DENIED"/;

export const apparmorCheck: Check = {
  name: "apparmor",
  on: ["linux"],
  look: async ({ machine, settings }) => {
    if (machine.read("/sys/module/apparmor/parameters/enabled")?.trim() !== "Y") return [notApplicable("AppArmor is not on")];
    const found: Finding[] = [];
    for (const { pid } of agentsAt({ machine, settings })) {
      const profile = machine.read(`/proc/${pid}/attr/apparmor/current`)?.trim() ?? "unconfined";
      if (profile !== "unconfined" && !profile.endsWith("(complain)"))
        found.push(
          warning(
            `the agent (process ${pid}) is confined by the profile ${profile}`,
            "look whether it allows what the host asks for: 'aa-status', 'aa-complain PROFILE' to try",
          ),
        );
    }
    const refused = await denials(machine, REFUSED);
    const last = refused.at(-1);
    if (last !== undefined)
      found.push(
        problem(
          `${refused.length} denials for the agent, the last: ${last.slice(0, 400)}`,
          "'aa-logprof' adds what is missing to the profile",
        ),
      );
    return found.length > 0 ? found : [ok("the agent is not confined, and there are no denials for it")];
  },
};
