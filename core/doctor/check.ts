/** What a check is: it looks at the machine, changes nothing, and says what it saw and what to do. */
import type { Settings } from "../settings.ts";
import type { Machine } from "./machine.ts";

export type Status = "ok" | "warning" | "problem" | "not applicable" | "not checked";

export interface Finding {
  readonly status: Status;
  readonly seen: string;
  /** What to do; always there with a warning and a problem. */
  readonly advice?: string;
}

export interface Check {
  /** Lower case, words joined by `-`. */
  readonly name: string;
  /** Default: on every system. */
  readonly on?: readonly NodeJS.Platform[];
  /** @returns one or more. @throws Denied where root is needed; anything else is this check's own fault. */
  readonly look: (subject: Subject) => readonly Finding[] | Promise<readonly Finding[]>;
}

/** A plugin, as `lodger plugin list` knows it. */
export interface PluginState {
  readonly name: string;
  readonly state: string;
  readonly reason?: string;
}

/** What is looked at. All that takes the program's other parts is handed in, so that a test can say what they say. */
export interface Subject {
  readonly machine: Machine;
  /** Of the agent, as a start with the same options would have them. */
  readonly settings: Settings;
  /** As `lodger config check` has it: a line each. */
  readonly configuration: { readonly errors: readonly string[]; readonly warnings: readonly string[]; readonly files: readonly string[] };
  readonly plugins: () => Promise<readonly PluginState[]>;
  readonly commands: () => Promise<{
    readonly count: number;
    readonly unsupported: ReadonlyMap<string, string>;
    readonly refused: readonly string[];
  }>;
  /** As guest-lodger-freeze-plan answers; undefined where nothing can be frozen. */
  readonly plan: () => Promise<FreezePlan | undefined>;
  /** Asks an agent for a sign of life. @returns what went wrong; undefined if it answers. */
  readonly ping: (target: string) => Promise<string | undefined>;
}

export interface FreezePlan {
  readonly freeze: readonly { readonly mountpoints: readonly string[] }[];
  readonly "left-out": readonly { readonly mountpoint: string; readonly type: string; readonly reason: string }[];
}

export const ok = (seen: string): Finding => ({ status: "ok", seen });
export const warning = (seen: string, advice: string): Finding => ({ status: "warning", seen, advice });
export const problem = (seen: string, advice: string): Finding => ({ status: "problem", seen, advice });
export const notApplicable = (seen: string): Finding => ({ status: "not applicable", seen });
export const notChecked = (seen: string, advice = "run it as root"): Finding => ({ status: "not checked", seen, advice });
