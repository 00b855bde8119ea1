/** What other versions of the reference do otherwise than 10.x, and what no version does by design. */
import { INTERFACE_OF_WINDOWS } from "../interface.ts";
import type { Difference } from "./difference.ts";
import { example, information, list, windowsCommand } from "./example-lists.ts";
import { sameInformation, sameList } from "./known-commands.ts";
import { ENDED, STOPPED } from "./peer.ts";

const PARSE_ERROR = /^\{"error": \{"class": "GenericError", "desc": "JSON parse error, /;
const OF_MALFORMED =
  /^\{"error": \{"class": "GenericError", "desc": "(?:JSON parse error, |JSON [a-z ]+ exceeded|QMP input must be a JSON object)/;

const NESTING = /JSON nesting depth limit exceeded/;

const CAPTURE_OUTPUT = "Invalid parameter type for 'capture-output', expected: boolean";
const PRIVILEGED = /"total-bytes-privileged": \d+, /g;

export const OF_VERSIONS: readonly Difference[] = [
  {
    id: "older capture-output",
    what: "capture-output is a boolean, and nothing else.",
    why: "The names of modes came in 8.0.",
    matches: ({ generation, sent, theirs, ours }) =>
      generation === "7.2" &&
      sent.includes('"guest-exec"') &&
      (theirs[0]?.includes(CAPTURE_OUTPUT) ?? false) &&
      /^\{"return": \{"pid": "<pid>"\}\}|'capture-output'/.test(ours[0] ?? ""),
    examples: {
      explained: { ...example("7.2", [CAPTURE_OUTPUT], ["Parameter 'capture-output' does not accept value 'x'"]), sent: '"guest-exec"' },
      unexplained: {
        ...example("current", [CAPTURE_OUTPUT], ["Parameter 'capture-output' does not accept value 'x'"]),
        sent: '"guest-exec"',
      },
    },
  },
  {
    id: "older error of chpasswd",
    what: "A failed chpasswd's output is missing in the error.",
    why: "It is there since 10.0.",
    matches: ({ generation, theirs, ours }) =>
      generation === "7.2" &&
      (theirs[0]?.endsWith('"child process has failed to set user password"}}') ?? false) &&
      /"desc": "child process has failed to set user password: /.test(ours[0] ?? ""),
    examples: {
      explained: example("7.2", ["child process has failed to set user password"], ["child process has failed to set user password: x"]),
      unexplained: example("7.2", ["child process has failed to set user password"], ["x"]),
    },
  },
  {
    id: "older sizes of file systems",
    what: "total-bytes-privileged is missing.",
    why: "It came in 9.1.",
    matches: ({ generation, theirs, ours }) =>
      generation === "7.2" && ours.length > 0 && theirs.join() !== ours.join() && theirs.join() === ours.join().replaceAll(PRIVILEGED, ""),
    examples: {
      explained: {
        where: "x",
        sent: "",
        generation: "7.2",
        theirs: ['{"type": "x"}'],
        ours: ['{"total-bytes-privileged": 1, "type": "x"}'],
      },
      unexplained: {
        where: "x",
        sent: "",
        generation: "current",
        theirs: ['{"type": "x"}'],
        ours: ['{"total-bytes-privileged": 1, "type": "x"}'],
      },
    },
  },
  {
    id: "older login times",
    what: "A login after 2038 is before 1970.",
    why: "7.2's library has a sign where 64-bit systems have none any more.",
    matches: ({ generation, where, theirs, ours }) =>
      generation === "7.2" &&
      where.startsWith("accounts: users by utmp, ") &&
      theirs.join().replace('"login-time": -0.87654399999999999', '"login-time": 4294967295.123456') === ours.join() &&
      theirs.join() !== ours.join(),
    examples: {
      explained: {
        where: "accounts: users by utmp, step 2",
        sent: "",
        generation: "7.2",
        theirs: ['"login-time": -0.87654399999999999'],
        ours: ['"login-time": 4294967295.123456'],
      },
      unexplained: { where: "accounts: users by utmp, step 2", sent: "", generation: "7.2", theirs: ["1"], ours: ["2"] },
    },
  },
  {
    id: "a command of Windows is disabled on Linux",
    what: "On Linux, 7.2 has the command of Windows, disabled, and says so.",
    why: "10.x doesn't know it there at all, as ours.",
    matches: ({ generation, sent, theirs, ours }) =>
      generation === "7.2" &&
      INTERFACE_OF_WINDOWS.some((name) => sent.startsWith(`{"execute":"${name}"`)) &&
      /CommandNotFound.*has been disabled: the command is not allowed/.test(theirs[0] ?? "") &&
      /CommandNotFound.*has not been found/.test(ours[0] ?? "") &&
      theirs.slice(1).join() === ours.slice(1).join(),
    examples: {
      explained: windowsCommand("7.2", "CommandNotFound"),
      unexplained: windowsCommand("7.2", "GenericError"),
    },
  },
  {
    id: "commands of later versions",
    what: "guest-get-load and guest-network-get-route don't exist.",
    why: "They came in 10.0 and 9.1.",
    matches: ({ generation, sent, theirs, ours }) =>
      generation === "7.2" &&
      /^\{"execute":"guest-(?:get-load|network-get-route)"/.test(sent) &&
      /"class": "CommandNotFound"/.test(theirs[0] ?? "") &&
      /^\{"(?:return|error)": (?!.*CommandNotFound)/.test(ours[0] ?? ""),
    examples: {
      explained: {
        where: "x",
        sent: '{"execute":"guest-get-load"}',
        generation: "7.2",
        theirs: ['{"error": {"class": "CommandNotFound"}}'],
        ours: ['{"return": {}}'],
      },
      unexplained: {
        where: "x",
        sent: '{"execute":"guest-get-load"}',
        generation: "current",
        theirs: ['{"error": {"class": "CommandNotFound"}}'],
        ours: ['{"return": {}}'],
      },
    },
  },
  {
    id: "newer parser",
    what: "Malformed messages are answered with other parse errors, earlier or later, and long texts are cut.",
    why: "11 has another parser, which reports at the offending token instead of at the message's end. Ours is as in 10.x.",
    matches: ({ generation, theirs, ours }) => {
      const rest = (lines: readonly string[]) => lines.filter((line) => !OF_MALFORMED.test(line));
      const both = theirs.some((line) => PARSE_ERROR.test(line)) && ours.some((line) => PARSE_ERROR.test(line));
      return generation === "11" && both && rest(theirs).join("\n") === rest(ours).join("\n");
    },
    examples: {
      explained: example("11", ["JSON parse error, expecting key"], ["JSON parse error, expecting value"]),
      unexplained: example("current", ["JSON parse error, expecting key"], ["JSON parse error, expecting value"]),
    },
  },
  {
    id: "newer recovery from too deep nesting",
    what: "After the nesting limit, what follows is swallowed.",
    why: "11 goes on skipping until brackets balance or 0xFF comes; in 10.x the rest is parsed as new input.",
    matches: ({ generation, theirs, ours }) =>
      generation === "11" && [theirs, ours].every((lines) => lines.some((line) => NESTING.test(line))),
    examples: {
      explained: example("11", ["JSON nesting depth limit exceeded"], ["JSON nesting depth limit exceeded", "x"]),
      unexplained: example("current", ["JSON nesting depth limit exceeded"], ["JSON nesting depth limit exceeded", "x"]),
    },
  },
  {
    id: "commands beyond the interface",
    what: "guest-info lists other commands in another order, and another version.",
    why: "Each version has its own; compared are the interface's commands, with their flags.",
    matches: ({ theirs, ours }) => sameInformation({ theirs, ours }),
    examples: {
      explained: { where: "example", sent: "", generation: "7.2", ...information("") },
      unexplained: { where: "example", sent: "", generation: "7.2", ...information("guest-file-seek") },
    },
  },
  {
    id: "help lists other commands",
    what: "`-b help` lists other commands in another order.",
    why: "As in guest-info.",
    matches: ({ where, theirs, ours }) => /^invocation: .*(?:help|\?)/.test(where) && sameList({ theirs, ours }),
    examples: {
      explained: { where: "invocation: -b help", sent: "", generation: "7.2", ...list("guest-exec") },
      unexplained: { where: "invocation: -b help", sent: "", generation: "7.2", theirs: ['"stdout: "'], ours: ['"stdout: "'] },
    },
  },
  {
    id: "older status of a failed start",
    what: "7.2 ends with status 0 where the state folder can't be used.",
    why: "Mended in the reference since; ours is as 10.x.",
    matches: ({ where, generation, theirs, ours }) => {
      const rest = (lines: readonly string[]) => lines.slice(1).join("\n");
      const state = generation === "7.2" && /^invocation: .*(?:state|log file)/.test(where);
      return state && theirs[0] === '"ends with 0"' && ours[0] === '"ends with 1"' && rest(theirs) === rest(ours);
    },
    examples: {
      explained: {
        where: "invocation: a missing state folder",
        sent: "",
        generation: "7.2",
        theirs: ['"ends with 0"'],
        ours: ['"ends with 1"'],
      },
      unexplained: {
        where: "invocation: a missing state folder",
        sent: "",
        generation: "current",
        theirs: ['"ends with 0"'],
        ours: ['"ends with 1"'],
      },
    },
  },
  {
    id: "the reference ends",
    what: "The reference's process dies where ours answers an error, for example at the second close of a handle whose first close failed.",
    why: "A bug of the reference; an agent must survive every request.",
    matches: ({ theirs, ours }) => theirs.at(-1) === ENDED && ours.length > 0 && !ours.some((line) => line === ENDED || line === STOPPED),
    examples: {
      explained: { where: "example", sent: "", generation: "current", theirs: [ENDED], ours: ["{}"] },
      unexplained: { where: "example", sent: "", generation: "current", theirs: ["{}"], ours: [ENDED] },
    },
  },
];
