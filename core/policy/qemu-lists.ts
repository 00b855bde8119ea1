/** qemu-ga's lists of commands, as rules. */
import type { Settings } from "../settings.ts";
import type { PolicyRules } from "./rules.ts";

export function qemuLists(settings: Pick<Settings, "blockRpcs" | "allowRpcs">): Pick<PolicyRules, "blockOnly" | "allowOnly"> {
  const rules = (names: readonly string[], list: string) => names.map((pattern) => ({ pattern, origin: { file: list } }));
  return { blockOnly: rules(settings.blockRpcs, "block-rpcs"), allowOnly: rules(settings.allowRpcs, "allow-rpcs") };
}
