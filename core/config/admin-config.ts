/** What lodger.toml and the files beside it come to. */
import { type AuditSettings, NO_AUDIT_SETTINGS } from "../audit/settings.ts";
import type { PluginSettings } from "../extension/source.ts";
import { NO_RULES, type PolicyRules } from "../policy/rules.ts";
import { Token } from "../token.ts";
import type { OptionName } from "./options.ts";
import type { Origin, Problem } from "./problems.ts";
import type { Found } from "./section.ts";

/** A setting of the table `[agent]`: the same names and meanings as on the command line, which beats it. */
export type ConfiguredOption = Found<string | boolean> | { readonly items: readonly Found<string>[] };

export interface AdminConfig {
  /** The files that were read, in the order of reading; none if there is none. */
  readonly files: readonly string[];
  readonly options: ReadonlyMap<OptionName, ConfiguredOption>;
  /** Without qemu-ga's lists, which come with the settings. */
  readonly policy: PolicyRules;
  readonly audit: AuditSettings;
  /** By the plugin's name. */
  readonly plugins: ReadonlyMap<string, PluginSettings>;
  /** Where it says what is checked elsewhere: "audit.file". */
  readonly places: ReadonlyMap<string, Origin>;
  readonly warnings: readonly Problem[];
}

export const AdminConfig = new Token<AdminConfig>("admin's configuration");

export const NO_ADMIN_CONFIG: AdminConfig = {
  files: [],
  options: new Map(),
  policy: NO_RULES,
  audit: NO_AUDIT_SETTINGS,
  plugins: new Map(),
  places: new Map(),
  warnings: [],
};
