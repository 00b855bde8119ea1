/** Differences of single lines. */
import type { LineDifference } from "./difference.ts";

const WRONG_MEMBER = /"desc": "QMP input member '(.*?)' (?:must be an object|must be a string|is unexpected)"/;
const UNEXPECTED_PARAMETER = /"desc": "Parameter '(.*?)' is unexpected"/;
const INFINITE = /(?<=[ [])(-?)inf(?=[,\]}])/g;

function error(text: string): string {
  return `{"error": {"class": "GenericError", "desc": "${text}"}}`;
}

/** Whether the request has such a member; a name that is spelled with escapes can't be found by looking. */
function hasMember(sent: string, name: string): boolean {
  return name.includes("\\") || sent.includes("\\") || sent.includes(`"${name}"`) || sent.includes(`'${name}'`);
}

export const LINES: readonly LineDifference[] = [
  {
    id: "which of several wrong members",
    what: "A request with several wrong members gets an error that names another one of them.",
    why: "The reference takes them in the order of its hash table, so no client can rely on which comes first.",
    matches: (theirs, ours, sent) =>
      [WRONG_MEMBER, UNEXPECTED_PARAMETER].some((pattern) => {
        const named = pattern.exec(ours)?.[1];
        if (named === undefined || !pattern.test(theirs) || !hasMember(sent, named)) return false;
        return theirs.replace(INFINITE, "$11e999").replace(pattern, "") === ours.replace(pattern, "");
      }),
    examples: {
      explained: [error("Parameter 'a' is unexpected"), error("Parameter 'b' is unexpected"), '{"a":1,"b":2}'],
      unexplained: [error("Parameter 'a' is unexpected"), error("Parameter 'c' is unexpected"), '{"a":1,"b":2}'],
    },
  },
  {
    id: "the state file is private",
    what: "qga.state has mode 0600.",
    why: "Nobody but the agent has to read it; in the reference the umask decides.",
    matches: (theirs, ours) =>
      theirs !== ours &&
      theirs.replace('"mode": "644", "name": "../state/qga.state"', '"mode": "600", "name": "../state/qga.state"') === ours,
    examples: {
      explained: ['{"mode": "644", "name": "../state/qga.state"}', '{"mode": "600", "name": "../state/qga.state"}', ""],
      unexplained: ['{"mode": "644", "name": "existing"}', '{"mode": "600", "name": "existing"}', ""],
    },
  },
  {
    id: "base64 is decoded as it arrives",
    what: "A write of bad base64 to an unknown handle is answered with the base64's error.",
    why: "Data is decoded while the request is read, before the command looks for the handle.",
    matches: (theirs, ours, sent) =>
      sent.includes('"guest-file-write"') &&
      /"desc": "handle '-?\d+' has not been found"/.test(theirs) &&
      ours === error("Base64 data contains invalid characters"),
    examples: {
      explained: [
        error("handle '1' has not been found"),
        error("Base64 data contains invalid characters"),
        '{"execute":"guest-file-write"}',
      ],
      unexplained: [error("handle '1' has not been found"), error("Parameter 'handle' is missing"), '{"execute":"guest-file-write"}'],
    },
  },
  {
    id: "no NUL in a path",
    what: "A path with U+0000 can't be opened.",
    why: "The reference takes it as the bytes C0 80 in a file's name, which nobody can mean.",
    matches: (theirs, ours, sent) =>
      sent.includes("\\u0000") &&
      theirs !== ours &&
      /"desc": "failed to open file '[^']*\\u0000[^']*' \(mode: '[^']*'\): Invalid argument"/.test(ours),
    examples: {
      explained: ['{"return": 1003}', error("failed to open file 'a\\u0000b' (mode: 'w'): Invalid argument"), '{"path":"a\\u0000b"}'],
      unexplained: ['{"return": 1003}', error("failed to open file 'ab' (mode: 'w'): Invalid argument"), '{"path":"ab"}'],
    },
  },
  {
    id: "a pipe that can't be written",
    what: "A write to the reading end of a pipe says so.",
    why: "The reference seeks between a read and a write, and fails at that.",
    matches: (theirs, ours, sent) =>
      sent.includes('"guest-file-write"') &&
      theirs === error("failed to seek file: Illegal seek") &&
      ours === error("failed to write to file: Bad file descriptor"),
    examples: {
      explained: [
        error("failed to seek file: Illegal seek"),
        error("failed to write to file: Bad file descriptor"),
        '{"execute":"guest-file-write"}',
      ],
      unexplained: [
        error("failed to seek file: Illegal seek"),
        error("failed to write to file: Bad file descriptor"),
        '{"execute":"guest-file-seek"}',
      ],
    },
  },
  {
    id: "a device has no position",
    what: "A seek in a device like /dev/zero answers the position that the kernel tells, 0.",
    why: "The reference counts by itself what the device doesn't.",
    matches: (theirs, ours, sent) =>
      sent.includes('"guest-file-seek"') &&
      theirs === '{"return": {"eof": false, "position": 5}}' &&
      ours === '{"return": {"eof": false, "position": 0}}',
    examples: {
      explained: [
        '{"return": {"eof": false, "position": 5}}',
        '{"return": {"eof": false, "position": 0}}',
        '{"execute":"guest-file-seek"}',
      ],
      unexplained: [
        '{"return": {"eof": false, "position": 5}}',
        '{"return": {"eof": true, "position": 0}}',
        '{"execute":"guest-file-seek"}',
      ],
    },
  },
  {
    id: "infinity is JSON",
    what: "An id too large for a double is echoed as 1e999.",
    why: "The reference answers `inf`, which no JSON parser takes.",
    matches: (theirs, ours) => theirs !== ours && theirs.replace(INFINITE, "$11e999") === ours,
    examples: {
      explained: ['{"id": -inf, "return": {}}', '{"id": -1e999, "return": {}}', ""],
      unexplained: ['{"id": -inf, "return": {}}', '{"id": 1e999, "return": {}}', ""],
    },
  },
];
