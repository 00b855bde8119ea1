/** What ours does otherwise on purpose with users, passwords and keys. */
import type { Compared, Difference, LineDifference } from "./difference.ts";

function compared(where: string, sent: string, theirs: readonly string[], ours: readonly string[]): Compared {
  return { where, sent, generation: "current", theirs, ours };
}

function error(text: string): string {
  return `{"error": {"class": "GenericError", "desc": "${text}"}}`;
}

const FILE_OF_KEYS =
  /^\{"content": "([^"]*)", ("kind": "file", "mode": "600", "name": "[^"]*\/authorized_keys", "owner": "[^"]*"), "size": \d+\}$/;

/** The lines of such a file that aren't empty, and whether the last one is ended. */
function keys(line: string): { lines: string; rest: string; ended: boolean } | undefined {
  const found = FILE_OF_KEYS.exec(line);
  if (!found) return undefined;
  const text = Buffer.from(found[1] ?? "", "base64").toString("latin1");
  const lines = text
    .split("\n")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  return { lines: lines.join("\n"), rest: found[2] ?? "", ended: text === "" || text.endsWith("\n") };
}

function fileOf(text: string): string {
  const content = Buffer.from(text).toString("base64");
  return `{"content": "${content}", "kind": "file", "mode": "600", "name": "/home/a/.ssh/authorized_keys", "owner": "1:1", "size": ${text.length}}`;
}

export const LINES_OF_ACCOUNTS: readonly LineDifference[] = [
  {
    id: "a file of keys is a text file",
    what: "The last line of authorized_keys ends with a newline, and no empty lines are added.",
    why: "The next program that appends a key would spoil the last one.",
    matches: (theirs, ours) => {
      const [a, b] = [keys(theirs), keys(ours)];
      return a !== undefined && b?.ended === true && a.lines === b.lines && a.rest === b.rest;
    },
    examples: {
      explained: [fileOf("a\n\nb"), fileOf("a\nb\n"), ""],
      unexplained: [fileOf("a\n\nb"), fileOf("a\nb"), ""],
    },
  },
  {
    id: "an unknown user is one",
    what: "Where there is no such user, the ssh commands say so.",
    why: 'The reference says "Success", the text of an error number that nobody has set.',
    matches: (theirs, ours) =>
      ours.replace("': there is no such user\"", "': Success\"") === theirs && theirs.includes("\"failed to lookup user '"),
    examples: {
      explained: [error("failed to lookup user 'x': Success"), error("failed to lookup user 'x': there is no such user"), ""],
      unexplained: [error("failed to lookup user 'x': Success"), error("failed to lookup user 'y': there is no such user"), ""],
    },
  },
  {
    id: "a folder in place of the keys",
    what: "Where authorized_keys is a folder, adding a key says that it can't be read.",
    why: "The reference takes it for an empty file, and fails when it has written the new one.",
    matches: (theirs, ours) => /"failed to write to '.*Is a directory"/.test(theirs) && /"failed to read '.*Is a directory"/.test(ours),
    examples: {
      explained: [error("failed to write to 'x': Is a directory"), error("failed to read 'x': Is a directory"), ""],
      unexplained: [error("failed to write to 'x': Is a directory"), error("failed to write to 'x'"), ""],
    },
  },
];

/** Cases of one scenario, where ours must answer so. */
function inScenario(scenario: RegExp, ours: RegExp): Difference["matches"] {
  return ({ where, theirs, ours: own }) => scenario.test(where) && theirs.length === own.length && ours.test(own[0] ?? "");
}

const NOTHING = '{"return": {}}';
const ANSWER = /^\{"(?:return|error)": /;
const LEFT = /^\{"content": |^\{"error": "E/;

export const OF_ACCOUNTS: readonly Difference[] = [
  {
    id: "no link is followed in a home",
    what: "Keys are neither read nor written through a symbolic link below the home directory.",
    why: "The user could make root read or replace any file with it.",
    matches: inScenario(
      /^accounts: keys: links, /,
      /"The (?:file|directory) is a symbolic link|: The (?:file|directory) is a symbolic link|^\{"content": |^\{"error": "ENOENT"/,
    ),
    examples: {
      explained: compared(
        "accounts: keys: links, step 1",
        "",
        ['{"return": {"keys": []}}'],
        [error("x: The file is a symbolic link, which is not followed")],
      ),
      unexplained: compared("accounts: keys: links, step 1", "", ['{"return": {"keys": ["a"]}}'], ['{"return": {"keys": []}}']),
    },
  },
  {
    id: "keys are the user's",
    what: "authorized_keys is read and written with the rights of its user.",
    why: "What that user can't read isn't told, and what isn't that user's isn't replaced by root. 11 does the same.",
    matches: inScenario(
      /^accounts: keys: of a (?:file|folder) that is not the user's, /,
      new RegExp(`Permission denied|${ANSWER.source}|${LEFT.source}`),
    ),
    examples: {
      explained: compared(
        "accounts: keys: of a file that is not the user's, step 1",
        "",
        ['{"return": {"keys": []}}'],
        [error("Permission denied")],
      ),
      unexplained: compared("accounts: keys: added, step 1", "", ['{"return": {"keys": []}}'], [error("Permission denied")]),
    },
  },
  {
    id: "keys of a user without a home",
    what: "A user whose home directory is no absolute path has no keys.",
    why: "The reference takes the agent's working folder.",
    matches: inScenario(/^accounts: keys: of nobody's home, /, /home directory is not an absolute path/),
    examples: {
      explained: compared(
        "accounts: keys: of nobody's home, step 2",
        "",
        ['{"return": {}}'],
        [error("The user's home directory is not an absolute path")],
      ),
      unexplained: compared("accounts: keys: of nobody's home, step 2", "", [error("x")], ['{"return": {}}']),
    },
  },
  {
    id: "what is no line of keys",
    what: "A comment behind blanks is no key, nor is a text with control characters.",
    why: "sshd ignores a comment, and the reference doesn't list what it says it has added; a carriage return or a NUL ends a line for some readers.",
    matches: inScenario(/^accounts: keys: no lines of keys, /, /"desc": "invalid OpenSSH public key: '/),
    examples: {
      explained: compared("accounts: keys: no lines of keys, step 1", "", [NOTHING], [error("invalid OpenSSH public key: ' #comment'")]),
      unexplained: compared("accounts: keys: no lines of keys, step 1", "", [error("x")], [NOTHING]),
    },
  },
  {
    id: "removed as listed",
    what: "A key is removed by the text that guest-ssh-get-authorized-keys lists.",
    why: "The reference doesn't find it where the file has blanks before or a carriage return behind it.",
    matches: inScenario(/^accounts: keys: removed as they are listed, /, new RegExp(`${ANSWER.source}|${LEFT.source}`)),
    examples: {
      explained: compared(
        "accounts: keys: removed as they are listed, step 3",
        "",
        ['{"return": {"keys": ["one"]}}'],
        ['{"return": {"keys": []}}'],
      ),
      unexplained: compared("accounts: keys: removed, step 3", "", ['{"return": {"keys": ["one"]}}'], ['{"return": {"keys": []}}']),
    },
  },
  {
    id: "no NUL in a password",
    what: "A password or user name with a NUL is refused.",
    why: "chpasswd would take what comes before it; the reference answers that all is well.",
    matches: inScenario(/^accounts: passwords: with U\+0000, /, /"desc": "(?:forbidden characters in |Base64 data contains )/),
    examples: {
      explained: compared("accounts: passwords: with U+0000, step 1", "", [NOTHING], [error("forbidden characters in raw password")]),
      unexplained: compared("accounts: passwords: in clear, step 1", "", [NOTHING], [error("forbidden characters in raw password")]),
    },
  },
  {
    id: "user names of 32 bytes",
    what: "A name that fills its place in the record of logins ends there.",
    why: "The reference reads on into the host from which the user came.",
    matches: inScenario(/^accounts: users with names of 32 bytes, /, /"user": "x{32}"\}.*"user": "y{32}"\}/),
    examples: {
      explained: compared(
        "accounts: users with names of 32 bytes, step 1",
        "",
        ["x"],
        [`"user": "${"x".repeat(32)}"}, "user": "${"y".repeat(32)}"}`],
      ),
      unexplained: compared("accounts: users with names of 32 bytes, step 1", "", ["x"], [`"user": "${"x".repeat(40)}"}`]),
    },
  },
  {
    id: "logins that can't be read",
    what: "A record of logins that can't be read is an error; one that isn't there means that nobody is logged in.",
    why: "The reference says in both cases that nobody is.",
    matches: inScenario(/^accounts: users by a folder, /, /"desc": "failed to read the record of logins: Is a directory"/),
    examples: {
      explained: compared(
        "accounts: users by a folder, step 1",
        "",
        ['{"return": []}'],
        [error("failed to read the record of logins: Is a directory")],
      ),
      unexplained: compared(
        "accounts: users by utmp, step 1",
        "",
        ['{"return": []}'],
        [error("failed to read the record of logins: Is a directory")],
      ),
    },
  },
];
