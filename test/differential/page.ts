/**
 * docs/differences.md, made from the list by which the comparison explains what differs. `node test/differential/page.ts` writes it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OF_LINES } from "./differences.ts";
import { OF_ACCOUNTS } from "./differences-of-accounts.ts";
import { OF_EXEC } from "./differences-of-exec.ts";
import { OF_SYSTEMS } from "./differences-of-systems.ts";
import { ON_PURPOSE } from "./differences-on-purpose.ts";

const PAGE = join(import.meta.dirname, "../../docs/differences.md");

/** What no answer shows, and so no comparison of answers; each is tested elsewhere. */
const BEYOND_ANSWERS: readonly (readonly [what: string, why: string])[] = [
  [
    "A sync waits 250 ms for what was sent before it on its connection, and then gives it up.",
    "A command that hangs must not block the channel: who syncs has given it up too.",
  ],
  [
    "A freeze ends by itself after ten minutes (`--freeze-lease`), and at once if the agent is killed; a thaw then answers 0.",
    "A guest must not stay frozen because a backup failed. [Freezing](freeze.md) has it all.",
  ],
  [
    "A file system on an image freezes before the one that holds the image, whichever was mounted first; freeze-list takes any mount point.",
    "The other way round the freeze waits for itself.",
  ],
  [
    "Every hook that was told of a freeze is told of its end, also if it failed or nothing was frozen; hooks have a time limit, and a folder.",
    "A database must not stay locked.",
  ],
  [
    "A mark of the frozen state from before the last start of the machine is removed; a freeze fails where the mark can't be written.",
    "Nothing is frozen after a start, but a snapshot's disk has the mark. And the next start of the agent must know.",
  ],
  [
    "SIGTERM while frozen thaws, and then ends the agent; qemu-ga ignores it.",
    "A guest must not stay frozen, nor its shutdown wait for a timeout.",
  ],
  [
    "A freeze that its client gives up is undone. A thaw on another connection ends a freeze that is under way.",
    "Nobody else knows that something is frozen.",
  ],
  [
    "A unix socket serves any number of clients at once, and its file is removed at the end.",
    "Every connection has its own framing and order.",
  ],
  [
    "What a host did not take before it left is dropped.",
    "The next host would read it; qemu-ga's stale answers have been seen to be 21 MB long.",
  ],
  [
    "Nothing is sent to syslog; the log goes to standard error (systemd's journal has it) or the file. Warnings are written without `-v`, too.",
    "One place to look.",
  ],
  ["guest-info and `-b help` list the commands by subject.", "Clients go by name; people look for what belongs together."],
  ["guest-get-load has the two decimals of /proc/loadavg.", "The same as `uptime`; qemu-ga has the kernel's binary fractions."],
  [
    "A program of guest-exec runs in a process group of its own.",
    "What is meant for the agent (a Ctrl-C, a kill of its group) must not end it.",
  ],
  [
    "guest-exec-status doesn't wait for ever for what a program has left in the background with its output.",
    "The program has ended; what a daemon prints later is nobody's answer.",
  ],
  ["With `-v` the log counts the bytes that were read, and doesn't show them.", "They hold passwords and file contents."],
  ["`-d` ends with status 1 if the agent in the background can't open its channel or lock its pid file.", "Whoever starts it can know."],
  ["The order of several wrong members in one request is the schema's, then the request's.", "qemu-ga's is that of a hash table."],
  [
    "A request that overruns 64 KiB in one malformed token gets an error that shows the first 64 KiB of it.",
    "The answer must not be a copy of an attack.",
  ],
];

export function differencesPage(): string {
  const seen = [...ON_PURPOSE, ...OF_EXEC, ...OF_ACCOUNTS, ...OF_SYSTEMS, ...OF_LINES].map(({ what, why }) => [what, why] as const);
  return `# Where lodger differs from qemu-ga

The protocol, its error texts and its options are those of qemu-ga 10.2. The differential test sends the same bytes to qemu-ga and to
lodger, and fails at every difference that is not on this list. It compares with three versions of Debian's package: 10.0 first (Debian
has no 10.2; the texts of 10.0 and 10.2 are the same as far as the reference notes say), 7.2 and 11.1 with the texts that changed between
them translated.

This page is made from the test's list by \`node test/differential/page.ts\`.

## Seen in answers

${table(seen)}

## Beyond answers

${table(BEYOND_ANSWERS)}
`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  return ["| lodger | why |", "|---|---|", ...rows.map(([what, why]) => `| ${cell(what)} | ${cell(why)} |`)].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** The page as it stands. */
export function writtenPage(): string {
  return readFileSync(PAGE, "utf8");
}

if (import.meta.main) writeFileSync(PAGE, differencesPage());
