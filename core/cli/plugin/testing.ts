/** `lodger/plugin/testing`: a plugin in a test as in the agent, for `lodger plugin test`. */
import type { AnyPlugin, PluginDefinition, TObject, Token } from "../../plugin.ts";

/** What the plugin finds around it. */
export interface PluginWorld<N> {
  /** What stands for the system: a fake of what the test reaches, under the plugin's own name for it. The others are the real ones. */
  readonly needs?: { readonly [K in keyof N]?: N[K] extends Token<infer T> ? Partial<T> : never };
  /** As the admin would write them in `[plugins.NAME.options]`. */
  readonly options?: object;
}

/** A plugin that was started. */
export interface TestedPlugin {
  /** What it has logged, each line as "LEVEL: text". */
  readonly log: readonly string[];
  /**
   * Sends a request as a client would: arguments are validated, bytes travel as base64, the result is checked by its schema.
   * @param args plain values; a Uint8Array is sent as base64, a bigint as it is.
   * @returns what the client reads; integers beyond the safe ones as bigint. @throws Error with the text that the client reads.
   */
  call(name: string, args?: object): Promise<unknown>;
  /** Whether file systems count as frozen: then only commands with `whileFrozen` run. */
  frozen: boolean;
  stop(): Promise<void>;
}

/**
 * Checks the definition and the options, and starts the plugin.
 * @throws Error with all that is wrong.
 */
export async function startPlugin<N extends Readonly<Record<string, Token<unknown>>>, O extends TObject | undefined, P extends object>(
  definition: PluginDefinition<N, O, P & Readonly<Record<string, Token<unknown>>>>,
  world: PluginWorld<N> = {},
): Promise<TestedPlugin> {
  const { startTested } = await import("./tested.ts");
  return startTested(definition as AnyPlugin, world);
}

/** The test runner of Node (`node:test`), the part that needs no types of Node. */
export const test: (name: string, run: () => void | Promise<void>) => void = process.getBuiltinModule("node:test").test;

/** Assertions of Node (`node:assert/strict`), the part that needs no types of Node. */
export interface Assert {
  ok(value: unknown, message?: string): asserts value;
  equal(actual: unknown, expected: unknown, message?: string): void;
  deepEqual(actual: unknown, expected: unknown, message?: string): void;
  match(text: string, expected: RegExp, message?: string): void;
  /** @param expected of the error: a pattern for its text, or some of its members. */
  throws(run: () => unknown, expected?: RegExp | object): void;
  rejects(run: Promise<unknown> | (() => Promise<unknown>), expected?: RegExp | object): Promise<void>;
}

export const assert: Assert = process.getBuiltinModule("node:assert/strict");
