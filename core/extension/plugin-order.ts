/** In which order plugins start: what somebody needs before who needs it. */
import type { AnyPlugin } from "../plugin.ts";
import type { Token } from "../token.ts";

export interface PluginOrder {
  /** Of each plugin that can start, those that have to be started before it; by name, in an order that has them first. */
  readonly before: ReadonlyMap<string, readonly string[]>;
  /** Why the others can't. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * @param plugins of different names.
 * @param hasToken whether the agent itself provides it.
 */
export function orderPlugins(plugins: readonly AnyPlugin[], hasToken: (token: Token<unknown>) => boolean): PluginOrder {
  const refused = new Map<string, string>();
  const names = new Set(plugins.map(({ name }) => name));
  const providers = new Map<symbol, string>();
  for (const plugin of plugins) {
    for (const token of tokens(plugin.provides)) {
      const other = hasToken(token) ? "the agent" : providers.get(token.key);
      if (other === undefined) providers.set(token.key, plugin.name);
      else
        refused.set(
          plugin.name,
          `it provides '${token.name}', and so does ${other === "the agent" ? other : `the plugin '${other}'`}: remove one of them`,
        );
    }
  }
  const wanted = new Map<string, readonly string[]>();
  for (const plugin of plugins) {
    const before = new Set((plugin.after ?? []).filter((name: string) => names.has(name) && name !== plugin.name));
    for (const token of tokens(plugin.needs)) {
      const provider = providers.get(token.key);
      if (provider !== undefined) before.add(provider);
      else if (!hasToken(token)) {
        refused.set(
          plugin.name,
          `it needs '${token.name}', and no plugin and nothing in the agent provides it: install the plugin that does`,
        );
      }
    }
    wanted.set(plugin.name, [...before]);
  }
  for (const name of names) {
    const cycle = cycleFrom(name, wanted);
    if (cycle) refused.set(name, `it can't start before itself: ${cycle.join(" needs ")}; take one 'needs' or 'after' away`);
  }
  return { before: sorted(wanted, refused), refused };
}

function tokens(named: Readonly<Record<string, Token<unknown>>> | undefined): Token<unknown>[] {
  return Object.values(named ?? {});
}

/** The way from a plugin back to itself. */
function cycleFrom(start: string, wanted: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const seen = new Set<string>();
  const search = (path: readonly string[]): readonly string[] | undefined => {
    for (const next of wanted.get(path.at(-1) ?? "") ?? []) {
      if (next === start) return [...path, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = search([...path, next]);
      if (found) return found;
    }
    return undefined;
  };
  return search([start]);
}

function sorted(wanted: ReadonlyMap<string, readonly string[]>, refused: ReadonlyMap<string, string>): Map<string, readonly string[]> {
  const order = new Map<string, readonly string[]>();
  const visit = (name: string): void => {
    if (order.has(name) || refused.has(name)) return;
    const before = wanted.get(name) ?? [];
    for (const one of before) visit(one);
    order.set(name, before);
  };
  for (const name of wanted.keys()) visit(name);
  return order;
}
