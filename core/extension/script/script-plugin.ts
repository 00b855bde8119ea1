/** The plugin of one manifest: its only command starts the program. */

import { basename } from "node:path";
import { Accounts } from "../../os/accounts.ts";
import { ChildProcesses } from "../../os/child-processes.ts";
import { Processes } from "../../os/ports.ts";
import { type AnyPlugin, command, definePlugin } from "../../plugin.ts";
import { type TSchema, Type } from "../../schema.ts";
import { Identity } from "./identity.ts";
import type { Manifest } from "./manifest.ts";
import type { ScriptPorts } from "./script.ts";
import { Script } from "./script.ts";

const ANY_OBJECT: TSchema = Type.Unsafe<Record<string, unknown>>({ type: "object", additionalProperties: true });

export function scriptPlugin(manifest: Manifest): AnyPlugin {
  const { summary, since, profile, privilege } = manifest;
  const identityOf = ({ accounts, processes }: ScriptPorts) =>
    manifest.user === undefined ? undefined : new Identity(manifest.user, accounts, processes);
  return definePlugin({
    name: basename(manifest.file, ".toml"),
    summary,
    needs: { children: ChildProcesses, accounts: Accounts, processes: Processes },
    async start(ports) {
      const identity = identityOf(ports);
      const account = await identity?.account();
      if (identity !== undefined && account !== undefined) await identity.command(account, manifest.program, []);
    },
    commands(ports, host) {
      let script: Script | undefined;
      return [
        command({
          name: manifest.command,
          summary,
          since,
          ...(manifest.arguments === undefined ? {} : { arguments: manifest.arguments }),
          returns: manifest.returns ?? ANY_OBJECT,
          whileFrozen: manifest.whileFrozen,
          ...(profile === undefined ? {} : { profile }),
          privilege:
            privilege ?? (manifest.user === undefined ? "what the program needs: it runs as the agent's user" : `user ${manifest.user}`),
          run(args: Readonly<Record<string, unknown>>, context) {
            script ??= new Script(manifest, ports, identityOf(ports));
            return script.run(args, context, host.signal);
          },
        }),
      ];
    },
  });
}
