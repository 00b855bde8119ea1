/** A request's arguments as the rules look at them. */
import type { AnyCommand } from "../plugin.ts";
import type { WireKeywords } from "../schema.ts";

export type Arguments = Record<string, unknown>;

/** What the rules want to know of an argument's declaration. */
export interface DeclaredArgument extends WireKeywords {
  readonly type?: string;
  readonly items?: DeclaredArgument;
  readonly enum?: readonly string[];
  readonly default?: unknown;
}

/** By their names. */
export function declaredArguments(command: Pick<AnyCommand, "arguments">): Readonly<Record<string, DeclaredArgument>> {
  return (command.arguments as { readonly properties?: Record<string, DeclaredArgument> } | undefined)?.properties ?? {};
}

/** An argument's role, or that of a list's items. */
export function roleOf({ role, items }: DeclaredArgument): DeclaredArgument["role"] {
  return role ?? items?.role;
}

/** What of a command's declaration decides on its requests. */
export interface Declared {
  readonly defaults: ReadonlyMap<string, unknown>;
  /** Arguments that are environments of what is started. */
  readonly environments: readonly string[];
}

export function declared(command: Pick<AnyCommand, "arguments">): Declared {
  const entries = Object.entries(declaredArguments(command));
  return {
    defaults: new Map(entries.flatMap(([name, schema]) => (schema.default === undefined ? [] : [[name, schema.default] as const]))),
    environments: entries.filter(([, schema]) => roleOf(schema) === "environment").map(([name]) => name),
  };
}

export function isGiven(args: Arguments, name: string): boolean {
  return Object.hasOwn(args, name) && args[name] !== undefined;
}

/** What is given, or else the default; undefined without one. */
export function argumentValue(args: Arguments, name: string, { defaults }: Declared): unknown {
  return isGiven(args, name) ? args[name] : defaults.get(name);
}
