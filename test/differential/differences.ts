/**
 * Where ours may differ from an agent it is compared with, and why. Two kinds: texts that other versions of the reference spell differently
 * (`TEXTS`: translated to ours, then compared exactly), and what is done otherwise (`DIFFERENCES`), by other versions or on purpose by ours.
 */
import type { Difference, LineDifference, OtherText } from "./difference.ts";
import { LINES_OF_ACCOUNTS, OF_ACCOUNTS } from "./differences-of-accounts.ts";
import { LINES_OF_EXEC, OF_EXEC } from "./differences-of-exec.ts";
import { LINES } from "./differences-of-lines.ts";
import { OF_SYSTEMS } from "./differences-of-systems.ts";
import { ON_PURPOSE } from "./differences-on-purpose.ts";
import { OF_VERSIONS } from "./differences-versions.ts";
import type { Generation } from "./reference.ts";

export const OF_LINES: readonly LineDifference[] = [...LINES, ...LINES_OF_EXEC, ...LINES_OF_ACCOUNTS];

export const TEXTS: readonly OtherText[] = [
  {
    id: "older text: disabled",
    generation: "7.2",
    why: "The reason was added in 9.1; clients pick the text by the version that guest-info reports.",
    pattern: /("desc": "Command \S+ has been disabled)"/,
    becomes: '$1: the command is not allowed"',
  },
  {
    id: "older text: disabled while frozen",
    generation: "7.2",
    why: "Since 9.1 there is one reason for all.",
    pattern: /("desc": "Command \S+ has been disabled: )the agent is in frozen state"/,
    becomes: '$1the command is not allowed"',
  },
  {
    id: "older text: a program that can't be started",
    generation: "7.2",
    why: "7.2 wraps the text of the library that starts programs.",
    pattern: /"desc": "Guest agent command failed, error was '(Failed to execute child process .*)'"/,
    becomes: '"desc": "$1"',
  },
  {
    id: "older text: status of an unknown process",
    generation: "7.2",
    why: "Since 8.0 the pid is named.",
    pattern: /"desc": "Invalid parameter 'pid'"/,
    becomes: '"desc": "PID ld does not exist"',
  },
  {
    id: "newer text: a file that can't be opened",
    generation: "11",
    why: "11 has another sentence.",
    pattern: /"desc": "Could not open '([^']*)': /,
    becomes: '"desc": "open(\\"$1\\"): ',
  },
  {
    id: "newer text: position of a parse error",
    generation: "11",
    why: "Since 11 a parse error begins with line and column; ours speaks 10.2.",
    pattern: /"desc": "\d+:\d+: JSON parse error, /,
    becomes: '"desc": "JSON parse error, ',
  },
  {
    id: "newer text: separator of a list",
    generation: "11",
    why: "11 names the characters.",
    pattern: /expected ',' or ']'"/,
    becomes: 'expected separator in list"',
  },
  {
    id: "newer text: separator of an object",
    generation: "11",
    why: "11 names the characters.",
    pattern: /expected ',' or '}'"/,
    becomes: 'expected separator in dict"',
  },
];

export const DIFFERENCES: readonly Difference[] = [...OF_VERSIONS, ...ON_PURPOSE, ...OF_EXEC, ...OF_ACCOUNTS, ...OF_SYSTEMS];

/** @returns the line as 10.2 would say it, and the rules that were needed. */
export function translated(generation: Generation, line: string): [string, string[]] {
  let text = line;
  const used: string[] = [];
  for (const rule of TEXTS) {
    if (rule.generation !== generation) continue;
    const next = text.replace(rule.pattern, rule.becomes);
    if (next !== text) used.push(rule.id);
    text = next;
  }
  return [text, used];
}
