/** What of the configuration concerns the audit: the table `[audit]` of lodger.toml. */
export interface AuditSettings {
  /** Path of a file of JSON lines; undefined for none. */
  readonly file: string | undefined;
  /** Whether records go to the system's journal. */
  readonly journal: boolean;
  /** Patterns of commands that are not recorded, for instance guest-ping. */
  readonly except: readonly string[];
}

export const NO_AUDIT_SETTINGS: AuditSettings = { file: undefined, journal: false, except: [] };
