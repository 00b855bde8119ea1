/**
 * The admin's rules as plain values, from wherever they were written. All of them hold together, so their order, and that of the files
 * that they are in, doesn't matter; a block always wins.
 */
import type { Origin } from "../config/problems.ts";
import { Token } from "../token.ts";

/**
 * Named sets of commands; each has all of the one before. A command's declaration says in which it is first. "none" has what synchronizes:
 * without, no client could tell which answer is whose.
 */
export const PROFILES = ["none", "observe", "backup", "standard", "full"] as const;
export type Profile = (typeof PROFILES)[number];

/** A command's name, or with `*` for any characters and `?` for one. */
export interface NameRule {
  readonly pattern: string;
  readonly origin: Origin;
}

export interface ProfileRule {
  readonly profile: Profile;
  readonly origin: Origin;
}

/**
 * What must hold for an argument. One that isn't given has its declared default; without one, only `absent` holds. For a list, a condition on
 * texts or values has to hold for every item in a rule that allows, and for any in a rule that blocks.
 */
export type Condition =
  /** One of these values exactly. */
  | { readonly kind: "one-of"; readonly values: readonly (string | number | bigint | boolean)[] }
  /** Text of one of these patterns (`*`, `?`). */
  | { readonly kind: "like"; readonly patterns: readonly string[] }
  /** A list whose items are these patterns, one by one; "..." at the end stands for any more. */
  | { readonly kind: "sequence"; readonly patterns: readonly string[] }
  /** A path to something in one of these folders, or below, after all symbolic links; or to one of these files. */
  | { readonly kind: "inside"; readonly folders: readonly string[] }
  /** A program that is one of these files, named by itself, not by a link that leads to it. */
  | { readonly kind: "program"; readonly paths: readonly string[] }
  /** A number, or the length of a text, a list or bytes. */
  | { readonly kind: "at-most" | "at-least"; readonly bound: number | bigint }
  | { readonly kind: "absent" };

export interface ArgumentCondition {
  /** The argument's name. */
  readonly argument: string;
  readonly condition: Condition;
  readonly origin: Origin;
}

/** Conditions on the arguments of some commands: all of one rule must hold for it to match. */
export interface ArgumentRule {
  readonly commands: readonly NameRule[];
  readonly conditions: readonly ArgumentCondition[];
  readonly origin: Origin;
}

export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/** What is too much, of all commands that match together; never of what synchronizes or thaws. */
export interface LimitRule {
  readonly commands: readonly NameRule[];
  /** "connection": each has its own measure; "agent": all connections share one. */
  readonly per: "connection" | "agent";
  /** Requests in a time. */
  readonly rate?: Rate;
  /** Requests that run at once. */
  readonly concurrency?: number;
  /** Bytes of arguments and results, as they are after base64, in a time. */
  readonly bytes?: Rate;
  /** Bytes of one request's arguments. */
  readonly requestBytes?: number;
  readonly origin: Origin;
}

export interface PolicyRules {
  /** A command has to be in all of them, unless `allow` or `allowIf` names it. None: "full", or "none" if there is any `allow` or `allowIf`. */
  readonly profiles: readonly ProfileRule[];
  readonly allow: readonly NameRule[];
  readonly block: readonly NameRule[];
  /** A command that any of these names runs only if one of those that name it matches. */
  readonly allowIf: readonly ArgumentRule[];
  readonly blockIf: readonly ArgumentRule[];
  readonly limits: readonly LimitRule[];
  /** qemu-ga's lists: exact names, and if there is any `allowOnly`, nothing but those. */
  readonly blockOnly: readonly NameRule[];
  readonly allowOnly: readonly NameRule[];
}

export const PolicyRules = new Token<PolicyRules>("policy rules");

export const NO_RULES: PolicyRules = {
  profiles: [],
  allow: [],
  block: [],
  allowIf: [],
  blockIf: [],
  limits: [],
  blockOnly: [],
  allowOnly: [],
};
