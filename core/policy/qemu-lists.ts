/** qemu-ga's lists of commands, as rules. */
import type { Origin } from "../config/problems.ts";
import type { Settings } from "../settings.ts";
import type { NameRule, PolicyRules } from "./rules.ts";

/** Where each item of the lists was written, in the lists' order. */
export interface ListOrigins {
  readonly blockRpcs: readonly Origin[];
  readonly allowRpcs: readonly Origin[];
}

/** @param origins for who wants to read them; without, a rule names its list. */
export function qemuLists(
  settings: Pick<Settings, "blockRpcs" | "allowRpcs">,
  origins?: ListOrigins,
): Pick<PolicyRules, "blockOnly" | "allowOnly"> {
  const rules = (list: string, names: readonly string[], places: readonly Origin[] = []): NameRule[] =>
    names.map((pattern, index) => ({ pattern, origin: places[index] ?? { file: list } }));
  return {
    blockOnly: rules("block-rpcs", settings.blockRpcs, origins?.blockRpcs),
    allowOnly: rules("allow-rpcs", settings.allowRpcs, origins?.allowRpcs),
  };
}

/** All rules of a start. */
export function allRules(start: {
  readonly settings: Pick<Settings, "blockRpcs" | "allowRpcs">;
  readonly admin: { readonly policy: PolicyRules };
  readonly origins?: ListOrigins;
}): PolicyRules {
  return { ...start.admin.policy, ...qemuLists(start.settings, start.origins) };
}
