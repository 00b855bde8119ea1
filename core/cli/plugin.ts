/** `lodger plugin new|test|check|list|types`: for plugin authors and for who installs plugins. */
import { StartError } from "../config/start-error.ts";
import type { Subcommand, SubcommandInput } from "./subcommand.ts";

const HELP = `Usage: lodger plugin new NAME [--dir=DIR] [--js]   write a new plugin, with a test, into DIR/NAME
       lodger plugin test [FOLDER|FILE]...          run its tests (*.test.ts, .mts, .mjs, .js)
       lodger plugin check [PATH]... [OPTION]...    all that is wrong with plugins and manifests of
                                                    scripts; without a path, with the installed ones
       lodger plugin list [--all] [--json] [OPTION]...  plugins, their commands and how they do
       lodger plugin types                          print lodger-plugin.d.ts, the types for authors

OPTION is one of the agent's that say where its configuration is, such as --lodger-config or
--plugins. docs/plugins.md has the whole interface. Example:
  lodger plugin new disk-report && lodger plugin test disk-report
`;

const words: Readonly<Record<string, () => Promise<Subcommand>>> = {
  check: async () => (await import("./plugin/check.ts")).checkPlugins,
  list: async () => (await import("./plugin/list.ts")).listPlugins,
  new: async () => (await import("./plugin/new.ts")).newPlugin,
  test: async () => (await import("./plugin/test-run.ts")).testPlugins,
  types: async () => (await import("./plugin/types.ts")).printTypes,
};

export async function pluginCommand(input: SubcommandInput): Promise<number> {
  const [word, ...args] = input.args;
  if (word === undefined || word === "--help" || word === "-h" || args.includes("--help")) {
    input.write(HELP);
    return word === undefined ? 1 : 0;
  }
  const subcommand = Object.hasOwn(words, word) ? await words[word]?.() : undefined;
  if (subcommand === undefined) {
    throw new StartError(`lodger plugin knows no '${word}', but ${Object.keys(words).join(", ")}: try 'lodger plugin --help'`);
  }
  return subcommand({ ...input, args });
}
