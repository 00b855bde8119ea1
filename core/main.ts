/**
 * The program: the only file that knows plugins and transports by name. It reads what it is asked to do, composes the container and
 * runs until a signal.
 */
import generated from "lodger:validators";
import { readFileSync } from "node:fs";
import { builtInPlugins } from "../plugins/index.ts";
import { transportPlugins } from "../transports/index.ts";
import { dumpSettings } from "./config/dump.ts";
import { helpText, versionText } from "./config/help.ts";
import { NO_SETTINGS } from "./config/no-settings.ts";
import { parseStart, type Start } from "./config/start.ts";
import { StartError } from "./config/start-error.ts";
import { agentContainer, provide, systemContainer } from "./container.ts";
import { GUARD_COMMAND } from "./os/linux/freeze-guard.ts";
import { HOME_WORKER } from "./os/linux/home-request.ts";
import { runHomeWorker } from "./os/linux/home-worker.ts";
import type { AnyPlugin, Transport } from "./plugin.ts";
import { guardFreeze } from "./process/freeze-guard.ts";
import { runAgent } from "./run.ts";
import { selfCheck } from "./self-check.ts";

const plugins: readonly AnyPlugin[] = [...builtInPlugins, ...transportPlugins];

async function main(program: string, args: readonly string[]): Promise<number> {
  if (args[0] === HOME_WORKER) return runHomeWorker();
  if (args[0] === GUARD_COMMAND) return guardFreeze();
  const container = systemContainer();
  const transports: readonly Transport[] = plugins.flatMap((plugin) => plugin.transports?.(provide(plugin, container)) ?? []);
  const environment = { container, plugins, transports, generated };
  if (args[0] === "self-check") return selfCheck(environment);
  if (args[0] === "schema") {
    const { schemaText } = await import("./cli/schema.ts");
    process.stdout.write(await schemaText(plugins, agentContainer(container, NO_SETTINGS, generated)));
    return 0;
  }
  const defaultPaths = new Map(transports.map(({ name, defaultPath }) => [name, defaultPath]));
  const input = { program, args, environment: process.env, defaultPaths, readFile: readFileSync };
  if (args[0] === "freeze") {
    const { shownFreeze } = await import("./cli/freeze.ts");
    process.stdout.write(await shownFreeze(environment, { ...input, args: args.slice(1) }));
    return 0;
  }
  const start: Start = parseStart(input);
  switch (start.action) {
    case "help":
      process.stdout.write(helpText(defaultPaths));
      return 0;
    case "version":
      process.stdout.write(versionText());
      return 0;
    case "dump":
      process.stdout.write(dumpSettings(start.settings));
      return 0;
    case "list-commands":
      process.stdout.write(commandNames().join(""));
      return 0;
    case "call": {
      const { call } = await import("./cli/call.ts");
      return call(start.args, process);
    }
    case "run":
      return runAgent(environment, start.settings, start.warnings);
  }
}

/** In the order of the interface's document. A declaration doesn't touch what it needs, so nothing has to be there to list it. */
function commandNames(): string[] {
  return plugins.flatMap((plugin) => plugin.commands?.({}) ?? []).map(({ name }) => `${name}\n`);
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
      process.stderr.write(`lodger: ${error.message}\n`);
      if (error.usage !== undefined) process.stdout.write(`${error.usage}\n`);
    } else {
      process.stderr.write(`lodger: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
    process.exitCode = FAILED;
  },
);
