/** `lodger plugin new NAME`: a plugin to start from, with a test that passes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../../config/start-error.ts";
import { isName, NAME_RULE } from "../../extension/names.ts";
import type { AnyPlugin } from "../../plugin.ts";
import type { SubcommandInput } from "../subcommand.ts";
import { parsePluginArguments } from "./arguments.ts";
import { builtInCommands } from "./built-in-commands.ts";
import { type Language, pluginFiles } from "./template.ts";
import { pluginTypes } from "./types.ts";

const PREFIX = "guest-";

export function newPlugin({ args, agent, write }: SubcommandInput): number {
  const { values, positionals } = parsePluginArguments(args, {
    dir: { type: "string", default: "." },
    js: { type: "boolean", default: false },
  });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0)
    throw new StartError("lodger plugin new needs one NAME: try 'lodger plugin new disk-report'");
  const command = name.startsWith(PREFIX) ? name : `${PREFIX}${name}`;
  refuse(name, command, agent.plugins);
  const folder = join(values.dir, name);
  const language: Language = values.js ? "js" : "ts";
  make(folder, { ...pluginFiles({ name, command, language }), "lodger-plugin.d.ts": pluginTypes() });
  write(nextSteps(folder, name, command, language));
  return 0;
}

function refuse(name: string, command: string, plugins: readonly AnyPlugin[]): void {
  if (!isName(name)) throw new StartError(`'${name}' is no plugin's name: use ${NAME_RULE}`);
  if (!isName(command)) throw new StartError(`'${name}' is too long: the command ${command} would have more than 64 characters`);
  if (plugins.some((plugin) => plugin.name === name)) throw new StartError(`lodger itself has a plugin '${name}': choose another name`);
  if (builtInCommands(plugins).has(command)) {
    throw new StartError(`lodger itself has the command ${command}: choose another name than '${name}'`);
  }
}

function make(folder: string, files: Readonly<Record<string, string>>): void {
  try {
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { flag: "wx", mode: 0o644 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EEXIST") throw new StartError(`${folder} is there already: choose another name, or remove it`);
    throw new StartError(`${folder} can't be made: ${(error as Error).message}; say with --dir=DIR where it shall be`);
  }
}

function nextSteps(folder: string, name: string, command: string, language: Language): string {
  return `${folder} is a plugin with the command ${command}. Next:

  lodger plugin test ${folder}       run its test
  edit ${join(folder, `index.${language}`)}
  lodger plugin check ${folder}      tell all that is wrong with it
  lodger -m unix-listen -p /tmp/lodger.sock -t /tmp --plugin ${folder} &
  lodger call /tmp/lodger.sock ${command} '{"name": "you"}'

To install it: as root, copy the folder to /etc/lodger/plugins/${name} and start lodger anew or send it SIGHUP.
`;
}
