/** Whether SELinux keeps the agent from its work. */
import { type Check, type Finding, notApplicable, ok, problem, warning } from "./check.ts";
import { denials } from "./denials.ts";
import type { Machine } from "./machine.ts";
import { agentsAt } from "./processes.ts";

const BOOLEANS = "/sys/fs/selinux/booleans";
const DOMAIN = "virt_qemu_ga_t";
const AVC = /avc:\s+denied/;

/** What a boolean of the policy lets an agent in qemu-ga's domain do. */
const LETS: Readonly<Record<string, string>> = {
  virt_qemu_ga_read_nonsecurity_files: "guest-file-read of most files",
  virt_qemu_ga_manage_ssh: "the commands for SSH keys",
  virt_qemu_ga_run_unconfined: "guest-exec of most programs",
};

export const selinuxCheck: Check = {
  name: "selinux",
  on: ["linux"],
  look: async ({ machine, settings }) => {
    const enforce = machine.read("/sys/fs/selinux/enforce")?.trim();
    if (enforce === undefined) return [notApplicable("SELinux is not on")];
    const mode = enforce === "1" ? "enforcing" : "permissive";
    const refused = await denials(machine, AVC);
    const found: Finding[] = [];
    const last = refused.at(-1);
    if (last !== undefined) {
      const many = `${refused.length} denials for the agent, the last: ${last.slice(0, 400)}`;
      const advice = "'ausearch -m avc -c lodger | audit2allow -w' says why; 'audit2allow -M lodger && semodule -i lodger.pp' allows it";
      found.push(enforce === "1" ? problem(many, advice) : warning(`permissive, so without effect: ${many}`, advice));
    }
    const isConfined = agentsAt({ machine, settings }).some(({ pid }) => machine.read(`/proc/${pid}/attr/current`)?.includes(DOMAIN));
    if (isConfined) found.push(...booleans(machine));
    return found.length > 0 ? found : [ok(`${mode}, and no denials for the agent`)];
  },
};

function booleans(machine: Machine): Finding[] {
  return machine.list(BOOLEANS).flatMap((name) => {
    if (!name.startsWith("virt_qemu_ga_") || !machine.read(`${BOOLEANS}/${name}`)?.startsWith("0")) return [];
    return [
      warning(
        `the boolean ${name} is off, which takes away ${LETS[name] ?? "some of the commands"}`,
        `'setsebool -P ${name} on', if the host shall have it`,
      ),
    ];
  });
}
