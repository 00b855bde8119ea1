/** What ours does otherwise on purpose in guest-exec and guest-exec-status. */
import type { Compared, Difference, LineDifference } from "./difference.ts";

function compared(where: string, sent: string, theirs: readonly string[], ours: readonly string[]): Compared {
  return { where, sent, generation: "current", theirs, ours };
}

function error(text: string): string {
  return `{"error": {"class": "GenericError", "desc": "${text}"}}`;
}

const EXEC = '{"execute":"guest-exec",';
const STARTED = '{"return": {"pid": "<pid>"}}';
const UNKNOWN = error("PID ld does not exist");

export const LINES_OF_EXEC: readonly LineDifference[] = [
  {
    id: "the pid in an error",
    what: "The status of an unknown process is an error that names its pid.",
    why: "The reference has the letters `ld` in its place.",
    matches: (theirs, ours) => theirs === UNKNOWN && /"desc": "PID (?:-?\d+|<pid>) does not exist"/.test(ours),
    examples: {
      explained: [UNKNOWN, error("PID 5 does not exist"), ""],
      unexplained: [UNKNOWN, error("PID ld does not exist"), ""],
    },
  },
  {
    id: "no NUL in what a program gets",
    what: "A program's path, arguments and environment can't hold U+0000.",
    why: "No program can get it; the reference hands on the bytes C0 80.",
    matches: (theirs, ours, sent) =>
      sent.startsWith(EXEC) &&
      sent.includes("\\u0000") &&
      theirs !== ours &&
      /"desc": "Failed to execute child process .* \(Invalid argument\)"/.test(ours),
    examples: {
      explained: [STARTED, error("Failed to execute child process \\u201Ctrue\\u201D (Invalid argument)"), `${EXEC}"arg":["\\u0000"]}`],
      unexplained: [STARTED, error("Failed to execute child process \\u201Ctrue\\u201D (Invalid argument)"), `${EXEC}"arg":[]}`],
    },
  },
];

export const OF_EXEC: readonly Difference[] = [
  {
    id: "programs are not looked for in relative folders",
    what: "Relative folders in the PATH of guest-exec's `env` don't count.",
    why: "Which program a name means shall not depend on the folder that the agent happens to run in.",
    matches: ({ where, theirs, ours }) =>
      where.startsWith("exec: programs by a relative PATH, ") &&
      theirs[0] === STARTED &&
      /\(No such file or directory\)"/.test(ours[0] ?? ""),
    examples: {
      explained: compared("exec: programs by a relative PATH, step 1", EXEC, [STARTED], [error("x (No such file or directory)")]),
      unexplained: compared("exec: programs by a relative PATH, step 1", EXEC, [STARTED], [error("x (Permission denied)")]),
    },
  },
];
