/**
 * Arguments -> options, as getopt_long(3) has it. util.parseArgs knows neither abbreviations nor optional values (`-F/path`),
 * and both are in use in the unit files of distributions.
 */
import { OPTIONS, type Option } from "./options.ts";
import { StartError } from "./start-error.ts";

export interface Given {
  readonly option: Option;
  /** undefined for an option that takes none. */
  readonly value: string | undefined;
}

export interface CommandLine {
  /** In the order given. */
  readonly given: readonly Given[];
  /** What no option took; qemu-ga ignores it. */
  readonly rest: readonly string[];
  /** Why parsing stopped after `given`: what stands before it still counts. */
  readonly failure: StartError | undefined;
}

/**
 * @param program the agent's name as it was called, for the hint at --help.
 * @param args without the program's name.
 */
export function parseCommandLine(program: string, args: readonly string[]): CommandLine {
  const given: Given[] = [];
  const rest: string[] = [];
  const queue = args.values();
  const next = (): string | undefined => queue.next().value;
  try {
    for (let argument = next(); argument !== undefined; argument = next()) {
      if (argument === "--") rest.push(...queue);
      else if (argument.startsWith("--")) given.push(longOption(argument.slice(2), next));
      else if (argument.startsWith("-") && argument !== "-") given.push(...shortOptions(argument.slice(1), next));
      else rest.push(argument);
    }
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    const usage = `Unknown option, try '${program} --help' for more information.`;
    return { given: [...given, ...error.before], rest, failure: new StartError(error.message, { usage }) };
  }
  return { given, rest, failure: undefined };
}

class Misuse extends Error {
  /** What the same argument gave in front of the mistake. */
  readonly before: readonly Given[];

  constructor(message: string, before: readonly Given[] = []) {
    super(message);
    this.before = before;
  }
}

function longOption(text: string, next: () => string | undefined): Given {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  const option = byLongName(name);
  if (equals >= 0) {
    if (option.value === undefined) throw new Misuse(`option '--${option.name}' doesn't allow an argument`);
    return { option, value: text.slice(equals + 1) };
  }
  if (option.value === undefined) return { option, value: undefined };
  const value = option.bare ?? next();
  if (value === undefined) throw new Misuse(`option '--${name}' requires an argument`);
  return { option, value };
}

/** The whole name, or the beginning of names that all mean one option. */
function byLongName(name: string): Option {
  const candidates: { spelling: string; option: Option }[] = [];
  for (const option of OPTIONS) {
    for (const spelling of [option.name, ...(option.formerly ?? [])]) {
      if (spelling === name) return option;
      if (spelling.startsWith(name)) candidates.push({ spelling, option });
    }
  }
  const theirs = candidates.filter(({ option }) => option.ours === undefined);
  const [first, ...others] = theirs.length > 0 ? theirs : candidates;
  if (first === undefined) throw new Misuse(`unrecognized option '--${name}'`);
  if (others.some(({ option }) => option !== first.option)) {
    throw new Misuse(
      `option '--${name}' is ambiguous; possibilities: ${[first, ...others].map(({ spelling }) => `'--${spelling}'`).join(" ")}`,
    );
  }
  return first.option;
}

/** `-v`, `-dv`, `-pPATH`, `-p PATH`, `-dvp PATH`, `-F`, `-F/path`. */
function shortOptions(letters: string, next: () => string | undefined): Given[] {
  const given: Given[] = [];
  for (let index = 0; index < letters.length; index++) {
    const letter = letters.charAt(index);
    const option = OPTIONS.find((candidate) => candidate.letter === letter);
    if (option === undefined) throw new Misuse(`invalid option -- '${letter}'`, given);
    if (option.value === undefined) {
      given.push({ option, value: undefined });
      continue;
    }
    const attached = letters.slice(index + 1);
    const value = attached === "" ? (option.bare ?? next()) : attached;
    if (value === undefined) throw new Misuse(`option requires an argument -- '${letter}'`, given);
    given.push({ option, value });
    break;
  }
  return given;
}
