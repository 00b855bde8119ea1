/** What the kernel's security modules have refused to an agent, as far as a log tells. */
import { Denied, type Machine } from "./machine.ts";

const AUDIT = "/var/log/audit/audit.log";
/** Of the end of the log. */
const LAST_BYTES = 4 * 1024 * 1024;
const AGENTS = /comm="(?:lodger|qemu-ga)|virt_qemu_ga_t|profile="[^"]*(?:lodger|qemu-ga)/;

/**
 * @param kind by which a line is known.
 * @returns the lines, the newest last. @throws Denied if no log can be read, and there may be one.
 */
export async function denials(machine: Machine, kind: RegExp): Promise<readonly string[]> {
  const ofAudit = machine.read(AUDIT, LAST_BYTES);
  if (ofAudit !== undefined) return matching(ofAudit, kind);
  const ofKernel = await machine.tell("journalctl", "--dmesg", "--boot", "--output=cat", "--no-pager", "--lines=20000");
  // Without the right to, it prints nothing.
  if (machine.uid !== 0 && (ofKernel ?? "").trim() === "") throw new Denied("the kernel's log");
  return matching(ofKernel ?? "", kind);
}

function matching(text: string, kind: RegExp): string[] {
  return text.split("\n").filter((line) => kind.test(line) && AGENTS.test(line));
}
