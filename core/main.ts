/**
 * The program: the only file that knows plugins and transports by name. It reads what it is asked to do, composes the container and
 * runs until a signal.
 */

import bundled from "lodger:plugins";
import generated from "lodger:validators";
import { readFileSync } from "node:fs";
import { builtInPlugins } from "../plugins/index.ts";
import { transportPlugins } from "../transports/index.ts";
import type { Subcommand } from "./cli/subcommand.ts";
import { dumpSettings } from "./config/dump.ts";
import { helpText, versionText } from "./config/help.ts";
import { startReader } from "./config/start.ts";
import { StartError } from "./config/start-error.ts";
import { provide, systemContainer } from "./container.ts";
import { declaredCommands } from "./declared-commands.ts";
import { PLUGIN_HOST } from "./extension/isolated/messages.ts";
import { mayBringPlugins } from "./extension/plugins.ts";
import { GUARD_COMMAND } from "./os/linux/freeze-guard.ts";
import { HOME_WORKER } from "./os/linux/home-request.ts";
import { runHomeWorker } from "./os/linux/home-worker.ts";
import { isOfThisSystem } from "./os/only-on.ts";
import { ownProcess } from "./os/own-process.ts";
import { loadSystem } from "./os/system.ts";
import type { AnyPlugin, Transport } from "./plugin.ts";
import { guardFreeze } from "./process/freeze-guard.ts";
import { runAgent } from "./run.ts";

const plugins: readonly AnyPlugin[] = [...builtInPlugins, ...transportPlugins];

/** Each is loaded when it is asked for: an agent that runs needs none of them. */
const subcommands: Readonly<Record<string, () => Promise<Subcommand>>> = {
  call: async () => (await import("./cli/call.ts")).callCommand,
  config: async () => (await import("./cli/config.ts")).configCommand,
  freeze: async () => (await import("./cli/freeze.ts")).freezeCommand,
  install: async () => (await import("./cli/install.ts")).installCommand,
  plugin: async () => (await import("./cli/plugin.ts")).pluginCommand,
  policy: async () => (await import("./cli/policy.ts")).policyCommand,
  schema: async () => (await import("./cli/schema.ts")).schemaCommand,
  stats: async () => (await import("./cli/stats.ts")).statsCommand,
  doctor: async () => (await import("./cli/doctor.ts")).doctorCommand,
  "self-check": async () => (await import("./self-check.ts")).selfCheck,
  // As Windows' service manager starts it.
  "windows-service": async () => (await import("./install/windows.ts")).runService,
  uninstall: async () => (await import("./cli/install.ts")).uninstallCommand,
};

async function main(program: string, args: readonly string[]): Promise<number> {
  const [word = ""] = args;
  if (process.platform !== "linux") await loadSystem();
  if (word === HOME_WORKER) return runHomeWorker();
  if (word === GUARD_COMMAND) return guardFreeze();
  if (word === PLUGIN_HOST) return (await import("./extension/isolated/child.ts")).runPluginHost();
  const container = systemContainer();
  const transports: readonly Transport[] = plugins.flatMap((plugin) => plugin.transports?.(provide(plugin, container)) ?? []);
  const agent = { container, plugins, bundled, transports, generated };
  const defaultPaths = new Map(transports.map(({ name, defaultPath }) => [name, defaultPath]));
  const input = { program, args, environment: process.env, defaultPaths, readFile, pluginsMayBeThere: mayBringPlugins };
  const write = (text: string) => void process.stdout.write(text);
  if (Object.hasOwn(subcommands, word)) {
    const subcommand = await subcommands[word]?.();
    if (subcommand) return subcommand({ ...input, args: args.slice(1), agent, write });
  }
  const read = startReader(input);
  const start = await read();
  switch (start.action) {
    case "help":
      write(helpText(defaultPaths));
      return 0;
    case "version":
      write(versionText());
      return 0;
    case "dump":
      write(dumpSettings(start.settings));
      return 0;
    case "list-commands":
      write(commandNames().join(""));
      return 0;
    case "service":
      return (await import("./install/windows.ts")).serviceAction(start.verb, args, write);
    case "run":
      return runAgent(agent, start, read);
  }
}

/** Those of this system. A declaration doesn't touch what it needs, so nothing has to be there to list it. */
function commandNames(): string[] {
  return plugins
    .flatMap(declaredCommands)
    .filter(isOfThisSystem)
    .map(({ name }) => `${name}\n`);
}

/** Where anybody may make the folder of the configuration before the admin does, what is in it says nothing yet. */
function readFile(path: string): Uint8Array {
  return ownProcess().trust?.read(path).bytes ?? readFileSync(path);
}

/** Status of a process that could not start, as qemu-ga has it. */
const FAILED = 1;

// `lodger call … | head`: who has read enough is no reason for a stack trace.
process.stdout.on("error", () => undefined);

main(process.argv0, process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    if (error instanceof StartError) {
      for (const line of error.lines) process.stderr.write(`lodger: ${line}\n`);
      if (error.usage !== undefined) process.stdout.write(`${error.usage}\n`);
    } else {
      process.stderr.write(`lodger: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
    process.exitCode = FAILED;
  },
);
