/** What ours does otherwise on purpose. */
import type { Compared, Difference } from "./difference.ts";
import { information, printed } from "./example-lists.ts";
import { sameInformation } from "./known-commands.ts";

const VERSION = /^"stdout: \\"(?:QEMU Guest Agent|lodger) \d+\.\d+\.\d+[^\\"]*\\\\n\\""$/;
const FULL = /No space left on device|"failed to write to file"/;
const NOTHING = '{"return": {}}';

/** What a matcher looks at, where the rest doesn't matter. */
function compared(where: string, sent: string, theirs: readonly string[], ours: readonly string[]): Compared {
  return { where, sent, generation: "current", theirs, ours };
}

function error(text: string): string {
  return `{"error": {"class": "GenericError", "desc": "${text}"}}`;
}

function sends(sent: string, ...commands: readonly string[]): boolean {
  return commands.some((command) => sent.startsWith(`{"execute":"guest-file-${command}"`));
}

export const ON_PURPOSE: readonly Difference[] = [
  {
    id: "a full device is seen at the write",
    what: "On a full device the write itself fails, not a later flush, seek or close.",
    why: "Ours writes at once; the reference keeps written bytes in a buffer, and says that they are written.",
    matches: ({ where, sent, theirs, ours }) => {
      const full =
        where.startsWith("files: ") && [theirs[0], ours[0]].some((line) => FULL.test(line ?? "")) && theirs.length === ours.length;
      if (sends(sent, "write")) return full && /No space left on device/.test(ours[0] ?? "");
      return full && sends(sent, "flush", "seek", "close") && /^\{"return": /.test(ours[0] ?? "");
    },
    examples: {
      explained: compared("files: x", '{"execute":"guest-file-flush"', [error("failed to flush file: No space left on device")], [NOTHING]),
      unexplained: compared(
        "files: x",
        '{"execute":"guest-file-write"',
        [error("failed to write to file: No space left on device")],
        [NOTHING],
      ),
    },
  },
  {
    id: "what is written is in the file",
    what: "Others see what was written before a flush or close, and the writes of two handles in their order.",
    why: "Ours writes at once; the interface promises it only after a flush.",
    matches: ({ where, sent, theirs, ours }) =>
      /^files: (?:written is not seen before a flush|append by two handles), /.test(where) &&
      sent.startsWith('{"look"') &&
      theirs.length === ours.length,
    examples: {
      explained: compared("files: append by two handles, step 7", '{"look":["existing"]}', ["1"], ["2"]),
      unexplained: compared("files: append by two handles, step 6", '{"execute":"guest-file-flush"', ["1"], ["2"]),
    },
  },
  {
    id: "less than asked for is not an error",
    what: "A read from a pipe that holds less than asked for returns what there is.",
    why: "The reference answers an error, and what it had read is lost.",
    matches: ({ sent, theirs, ours }) =>
      sends(sent, "read") &&
      theirs[0] === error("failed to read file: Resource temporarily unavailable") &&
      /"count": [1-9]\d*, "eof": false/.test(ours[0] ?? ""),
    examples: {
      explained: compared(
        "files: a pipe",
        '{"execute":"guest-file-read"',
        [error("failed to read file: Resource temporarily unavailable")],
        ['{"return": {"buf-b64": "QQ==", "count": 1, "eof": false}}'],
      ),
      unexplained: compared(
        "files: a pipe",
        '{"execute":"guest-file-read"',
        [error("failed to read file: Resource temporarily unavailable")],
        ['{"return": {"buf-b64": "", "count": 0, "eof": true}}'],
      ),
    },
  },
  {
    id: "a file's present content",
    what: "Bytes that were cut off a file since it was opened are not read any more.",
    why: "The reference reads 4096 bytes ahead and serves them though they are gone.",
    matches: ({ where, sent, theirs, ours }) =>
      where.startsWith("files: a file is cut while it is read, ") &&
      sends(sent, "read") &&
      theirs.length === ours.length &&
      /"count": 0, "eof": true/.test(ours[0] ?? ""),
    examples: {
      explained: compared(
        "files: a file is cut while it is read, step 4",
        '{"execute":"guest-file-read"',
        ["1"],
        ['{"return": {"buf-b64": "", "count": 0, "eof": true}}'],
      ),
      unexplained: compared("files: a file is cut while it is read, step 4", '{"execute":"guest-file-read"', ["1"], ["2"]),
    },
  },
  {
    id: "half a message leaves with its client",
    what: "What a client has sent of a message when it leaves doesn't spoil the first message of the next one.",
    why: "Every connection has its own framing; the reference has one for all.",
    matches: ({ where, ours }) =>
      where.startsWith("state: half a message of a client that has left, ") && ours[0] === NOTHING && ours.length === 2,
    examples: {
      explained: compared("state: half a message of a client that has left, step 2", "", [], [NOTHING, "stray"]),
      unexplained: compared("state: half a message of a client that has left, step 2", "", [NOTHING], ["stray"]),
    },
  },
  {
    id: "a block always wins",
    what: "A blocked command stays disabled while frozen, even if it is one of the six for frozen systems.",
    why: "Since 9.1 the reference enables the six, blocked or not; the admin's word must hold in every state, as it did before.",
    matches: ({ where, theirs, ours }) => {
      if (!where.startsWith("policy: frozen, and blocked: ")) return false;
      const blocked = theirs.map((line) => line.replace('"enabled": true, "name": "guest-ping"', '"enabled": false, "name": "guest-ping"'));
      const disabled = /"desc": "Command guest-ping has been disabled: the command is not allowed"/.test(ours[0] ?? "");
      return (disabled && theirs.length === ours.length) || sameInformation({ theirs: blocked, ours });
    },
    examples: {
      explained: compared(
        "policy: frozen, and blocked: x",
        "",
        ["1"],
        [error("Command guest-ping has been disabled: the command is not allowed")],
      ),
      unexplained: { ...compared("policy: frozen, and blocked: x", "", [], []), ...information("guest-file-seek") },
    },
  },
  {
    id: "another version",
    what: "`-V` prints our name and version.",
    why: "Whoever looks shall see which agent this is; clients learn the level of the interface from guest-info.",
    matches: ({ where, theirs, ours }) => {
      const masked = (lines: readonly string[]) => lines.map((line) => line.replace(VERSION, "<version>")).join("\n");
      return /^invocation: .*(?:-V|--version)/.test(where) && ours.some((line) => VERSION.test(line)) && masked(theirs) === masked(ours);
    },
    examples: {
      explained: {
        ...compared("invocation: -V", "", [], []),
        ...printed("QEMU Guest Agent 7.2.22\n", "lodger 0.1.0 (interface 10.2.0)\n"),
      },
      unexplained: { ...compared("invocation: -V", "", [], []), ...printed("QEMU Guest Agent 7.2.22\n", "lodger\n") },
    },
  },
  {
    id: "the old --blacklist",
    what: "`--blacklist` works.",
    why: "10.x has dropped the spelling; who upgrades from 7.2 still has it in a unit file.",
    matches: ({ where, theirs, ours }) =>
      where === "invocation: the old --blacklist" && theirs[0] === '"ends with 1"' && ours[0] === '"ends with 0"',
    examples: {
      explained: compared("invocation: the old --blacklist", "", ['"ends with 1"'], ['"ends with 0"']),
      unexplained: compared("invocation: an unknown long option", "", ['"ends with 1"'], ['"ends with 0"']),
    },
  },
  {
    id: "an option without its value",
    what: "An option at the end of the command line that lacks its value stops the start, also where there is a stray word.",
    why: "10.x reads the command line twice, after its words were moved to the end, and takes such a word for the value: `-D x -p` has the path `x`.",
    matches: ({ where, sent, theirs, ours }) =>
      where === "invocation: command line, fuzzed" &&
      /(?:^|\n)-[^\n]+$/.test(sent) &&
      /\n[^-\n]*\n/.test(`\n${sent}`) &&
      theirs[0] === '"ends with 0"' &&
      ours[0] === '"ends with 1"',
    examples: {
      explained: compared("invocation: command line, fuzzed", "x\n-p", ['"ends with 0"'], ['"ends with 1"']),
      unexplained: compared("invocation: command line, fuzzed", "x\n-p\n/y", ['"ends with 0"'], ['"ends with 1"']),
    },
  },
  {
    id: "a list that is not UTF-8",
    what: "`block-rpcs` or `allow-rpcs` in qemu-ga.conf with bytes that are not UTF-8 is an error that says so.",
    why: "The reference ends with a segmentation fault.",
    matches: ({ where, theirs, ours }) =>
      where === "invocation: config: fuzzed" && theirs[0] === '"ends with SIGSEGV"' && ours[0] === '"ends with 1"',
    examples: {
      explained: compared("invocation: config: fuzzed", "", ['"ends with SIGSEGV"'], ['"ends with 1"']),
      unexplained: compared("invocation: config: fuzzed", "", ['"ends with 1"'], ['"ends with SIGSEGV"']),
    },
  },
  {
    id: "no file is deleted for a socket",
    what: "A regular file in the socket's place stops the start.",
    why: "The reference deletes whatever is there; ours only a socket that nobody listens at.",
    matches: ({ where, theirs, ours }) =>
      where === "invocation: a socket's place taken by a file" &&
      theirs[0] === '"goes on without a socket"' &&
      ours[0] === '"ends with 1"' &&
      ours[2] === '"stderr: something"',
    examples: {
      explained: compared(
        "invocation: a socket's place taken by a file",
        "",
        ['"goes on without a socket"'],
        ['"ends with 1"', "", '"stderr: something"'],
      ),
      unexplained: compared(
        "invocation: a socket's place taken by a file",
        "",
        ['"goes on without a socket"'],
        ['"ends with 1"', "", '"stderr: nothing"'],
      ),
    },
  },
  {
    id: "a counter that no agent has written",
    what: "A handle counter below 0 or beyond 32 bits in the state file.",
    why: "The reference hands out negative handles or starts again at 0, where old handles could be reused.",
    matches: ({ where, theirs, ours }) => /^state: (?:negative|beyond 32 bits), /.test(where) && theirs.length === ours.length,
    examples: {
      explained: compared("state: negative, step 2", "", ['{"return": -1}'], ['{"return": 0}']),
      unexplained: compared("state: zero, step 2", "", ['{"return": -1}'], ['{"return": 0}']),
    },
  },
];
