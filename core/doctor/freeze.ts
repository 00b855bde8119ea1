/** Whether a freeze would do what a backup needs. */
import { type Check, type Finding, notApplicable, ok, problem, warning } from "./check.ts";
import { agentsAt, statusOf } from "./processes.ts";

const CAP_SYS_ADMIN = 21n;

export const freezeCheck: Check = {
  name: "freeze",
  on: ["linux"],
  look: async ({ machine, settings, plan }) => {
    const found: Finding[] = [];
    for (const { pid } of agentsAt({ machine, settings })) {
      const capabilities = statusOf(machine, pid, "CapEff");
      if (capabilities !== undefined && ((BigInt(`0x${capabilities}`) >> CAP_SYS_ADMIN) & 1n) === 0n)
        found.push(
          problem(
            `the agent (process ${pid}) lacks CAP_SYS_ADMIN: it can't freeze, nor thaw`,
            "run it as root, without a CapabilityBoundingSet that leaves this out",
          ),
        );
    }
    const planned = await plan();
    if (planned === undefined) return [...found, notApplicable("nothing can be frozen on this system")];
    const { freeze, "left-out": leftOut } = planned;
    const count = `${freeze.length} file ${freeze.length === 1 ? "system" : "systems"} would freeze, ${leftOut.length} mounts are left out`;
    if (freeze.length === 0)
      found.push(warning(count, "a snapshot would not be consistent: 'lodger freeze --dry-run --all' names each mount with its reason"));
    else if (!freeze.some(({ mountpoints }) => mountpoints.includes("/"))) {
      const reason = leftOut.find(({ mountpoint }) => mountpoint === "/")?.reason;
      found.push(
        warning(
          `${count}; not /${reason === undefined ? "" : `: ${reason}`}`,
          "'lodger freeze --dry-run --all' names each mount with its reason",
        ),
      );
    } else if (found.length === 0) found.push(ok(count));
    return found;
  },
};
