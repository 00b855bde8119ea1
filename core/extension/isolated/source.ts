/** A plugin with `isolate = true`: the agent has its declaration, and a process of its own runs it. */
import type { AnyCommand, AnyPlugin, CommandContext, PluginHost, TObject, TSchema } from "../../plugin.ts";
import type { PluginSource } from "../source.ts";
import type { DeclaredCommand } from "./declaration.ts";
import { type IsolationOrders, Supervisor } from "./supervisor.ts";

export type { IsolationOrders } from "./supervisor.ts";

export function isolatedPlugin(orders: IsolationOrders): PluginSource {
  const { name, file } = orders;
  return { name, kind: "isolated", file, load: () => load(orders) };
}

async function load(orders: IsolationOrders): Promise<AnyPlugin> {
  const supervisor = new Supervisor(orders);
  const { commands, options, ...declared } = await supervisor.declare();
  return {
    ...given(declared),
    ...(options === undefined ? {} : { options: options as unknown as TObject }),
    commands: () => commands.map((command) => definitionOf(command, supervisor)),
    start: (_: unknown, host: PluginHost) => supervisor.start(host),
    stop: () => supervisor.stop(),
  } as AnyPlugin;
}

function definitionOf(declared: DeclaredCommand, supervisor: Supervisor): AnyCommand {
  const { name, since, summary, arguments: args, returns, whileFrozen, answers, privilege, profile, asksSupport } = declared;
  const paths = pathsOf(args);
  return {
    ...given({ name, since, summary, whileFrozen, answers, privilege, profile }),
    ...(args === undefined ? {} : { arguments: args as unknown as TObject }),
    ...(returns === undefined ? {} : { returns: returns as unknown as TSchema }),
    ...(asksSupport ? { supported: () => supervisor.supported(name) } : {}),
    run: async (given: unknown, context: CommandContext) => {
      const confinements = Object.fromEntries(
        paths.flatMap((path) => {
          const confinement = context.confinement(path);
          return confinement === undefined ? [] : [[path, confinement]];
        }),
      );
      const result = await supervisor.ask({ type: "call", command: name, arguments: given, confinements }, name, {
        signal: context.signal,
      });
      return returns === undefined ? undefined : result;
    },
  } as AnyCommand;
}

/** The arguments that are paths. */
function pathsOf(schema: DeclaredCommand["arguments"]): string[] {
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, { readonly role?: unknown }>>;
  return Object.keys(properties).filter((name) => properties[name]?.role === "path");
}

/** Without the members that are undefined, which a definition leaves out. */
function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}
