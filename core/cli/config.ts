/** `lodger config check`: all that is wrong with the configuration, at once. */
import { StartError } from "../config/start-error.ts";
import { checkConfiguration } from "./config-check.ts";
import type { SubcommandInput } from "./subcommand.ts";

const HELP = `lodger config check [--lodger-config=FILE] [OPTION]...: reads what the agent would read at its start
with these options, and says all that is wrong with it, a line each. No agent is started; plugins
from disk are loaded, because their commands and options are a part of it.

It reads lodger.toml, the files in lodger.d beside it, qemu-ga.conf and the options; it looks if
the rules speak of commands that there are, and whether files, folders and plugins are there.

Its status is 0 without an error, and 1 with one; warnings don't count.

Example: lodger config check --lodger-config ./new.toml && mv ./new.toml /etc/lodger/lodger.toml
`;

/** @returns 1 if there is an error. @throws StartError for another word than `check`. */
export async function configCommand(input: SubcommandInput): Promise<number> {
  const [word, ...args] = input.args;
  if (input.args.includes("--help") || input.args.includes("-h")) {
    input.write(HELP);
    return 0;
  }
  if (word !== "check") throw new StartError("lodger config takes the word check: try 'lodger config --help'");
  const { errors, warnings, files } = await checkConfiguration({ ...input, args });
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const read = files.length === 0 ? "there are no files to read" : `read: ${files.join(", ")}`;
  input.write([...errors, ...warnings].map((line) => `${line}\n`).join(""));
  input.write(`${count(errors.length, "error")}, ${count(warnings.length, "warning")}; ${read}\n`);
  return errors.length === 0 ? 0 : 1;
}
