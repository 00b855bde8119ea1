/** docs/hostile.md, made from the tables that the tests hold the agent to. `node test/hostile-page.ts` writes it. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AT_END,
  BLOCKS_LATER,
  FAILED,
  FLOODS,
  HARMS_ALL,
  HARMS_LATER,
  type HostileCommand,
  LEFT,
  LEFT_OUT,
  LOGGED,
  MISTAKES,
  RETURNS,
  SLOW,
  THROWS,
  UNSUPPORTED,
} from "./contract/hostile-plugins/table.ts";
import { ENDS, LOG_BEGINS, LOG_ENDS, NO_ANSWER, NO_PLUGIN, NOT_UP } from "./contract/isolated/hostile-table.ts";
import { type Quote, textOf } from "./quote.ts";
import { BYTES, MISTAKES as TOML_MISTAKES } from "./unit/config/hostile-files.ts";
import { CHANGED, RUNS } from "./unit/extension/hostile-scripts.ts";
import { WRONG_CONDITIONS, WRONG_LIMITS, WRONG_NAMES, type WrongPolicy } from "./unit/policy/wrong-policies.ts";
import { untrustedFiles } from "./unit/untrusted-files.ts";

const PAGE = join(import.meta.dirname, "../docs/hostile.md");

/** @returns the page as it should be. */
export function hostilePage(): string {
  return `# What hostile plugins and files come to

Each row is a test, which makes what the row says and holds the agent to what it quotes. \`node test/hostile-page.ts\` writes this page from the tables
of the tests. "…" stands for what differs each time, or is said in full further up.

- [A plugin in the agent's process](#a-plugin-in-the-agents-process), [in a process of its own](#a-plugin-in-a-process-of-its-own)
- [A script](#a-script)
- [lodger.toml](#lodgertoml), [a policy](#a-policy)
- [Files that aren't trusted](#files-that-arent-trusted)
- [What this doesn't show](#what-this-doesnt-show)

## A plugin in the agent's process

\`test/contract/plugins-hostile.test.ts\`. After each the agent answers its next request. Errors that begin with "… failed:" begin with
\`${FAILED.trim()}\`, and their lines in the log with \`${LOGGED.trim()}\`;
\`lodger plugin list\` names the plugin, too.

### Its command throws

${commands(THROWS)}

### Its command returns what it shouldn't

${commands(RETURNS)}

### It would end, hold or change the whole agent

${commands(HARMS_ALL)}

### It does harm after its answer

${commands(HARMS_LATER)}

### It floods or forges the log

${commands(FLOODS)}

### It can't be used

The client reads that there is no such command; the other plugins run. The log says \`${LEFT.trim()}\` and

${table(
  ["what it does", "what the log says"],
  [...LEFT_OUT, ...SLOW].map(([name, does, logs]) => [does, code(logs.replaceAll("NAME", name))]),
)}

One whose command ${UNSUPPORTED[1]} runs without it: ${code(UNSUPPORTED[2].replaceAll("NAME", UNSUPPORTED[0]))}. Of one with many mistakes all are said at once:

${MISTAKES.map((mistake) => `- ${code(mistake)}`).join("\n")}

### It holds the thread where nothing can end it

A plugin that ${BLOCKS_LATER.does} holds up all clients for as long. The log says meanwhile who it is, and then that it is over:

- ${code(BLOCKS_LATER.meanwhile)}
- ${code(BLOCKS_LATER.after)}

### The agent is to end

It does so within a second, with status 0.

${table(
  ["what the plugin does", "what the log says"],
  AT_END.map(([name, does, logs]) => [does, logs === undefined ? "" : code(logs.replaceAll("NAME", name))]),
)}

## A plugin in a process of its own

\`test/contract/isolated-hostile.test.ts\`. The plugin is called "guinea", its command "guest-bad".

### Its process ends, or is ended

The client reads ${code(NO_ANSWER.trim())} and the reason. The log says ${code(`${LOG_BEGINS}REASON${LOG_ENDS}`)}; then it runs again. No
process, zombie or descriptor is left behind.

${table(
  ["what it does", "the reason", "what else the log says"],
  ENDS.map(([what, , reason, more]) => [what, code(reason), more === undefined ? "" : code(more)]),
)}

### It doesn't come up

Its load or its start fails with the reason, and no process of it is left.

${table(
  ["what it does", "the reason"],
  [...NOT_UP, NO_PLUGIN].map(([what, reason]) => [what, code(reason)]),
)}

## A script

\`test/unit/extension/script-hostile.test.ts\`. The command is "guest-x", its time 0.7 seconds.

### While it runs

What is left alive are children of a script that has answered: they may be services that it has started.

${table(
  ["what it does", "what the client reads", "left alive"],
  RUNS.map(([what, , outcome, left]) => [
    what,
    code(typeof outcome === "string" ? outcome : JSON.stringify(outcome)),
    left === 0 ? "nothing" : `${left} process`,
  ]),
)}

### Its file has changed when it is started the next time

The client reads \`Command guest-x failed:\` and the reason, the log has \`warning: guest-x:\` and the same. DIR is the folder of the scripts.

${table(
  ["what its file is, or has become", "how the reason begins"],
  CHANGED.map(([what, , reason]) => [what, code(reason)]),
)}

## lodger.toml

What is wrong is said when the agent starts, and by \`lodger config check\`: of all files at once, with its line.

### Files that are no configuration

\`test/unit/config/hostile-toml.test.ts\`

${table(
  ["what is in a.toml", "what is said"],
  BYTES.map(([what, , says]) => [what, code(says)]),
)}

### Mistakes

\`test/unit/config/lodger-toml.test.ts\`

${table(
  ["what is in a.toml", "what is said"],
  TOML_MISTAKES.map(([content, says]) => [lines(content), code(says)]),
)}

## A policy

\`test/unit/policy/read-policy.test.ts\`. Each stands below \`[policy]\` of 1.toml, whose lines are counted from there.

### Profiles and names of commands

${policies(WRONG_NAMES)}

### Rules on arguments

${policies(WRONG_CONDITIONS)}

### Limits

${policies(WRONG_LIMITS)}

## Files that aren't trusted

\`test/unit/trusted-file.test.ts\`. [Which files are trusted](security.md#which-files-are-trusted) has the rules. The file is /etc/lodger/file if nothing else is said; the user is 61001.

${table(
  ["what it is", "what is said"],
  untrustedFiles((path) => path).map(([what, , reason]) => [what, code(reason.replaceAll("BASE", ""))]),
)}

## What this doesn't show

What runs in the agent's process can do more than any table has: [plugins.md](plugins.md#isolation) says what can't be kept from it, and
[security.md](security.md#plugins) what \`isolate = true\` and a \`user\` are worth. Against whoever runs the hypervisor nothing here helps:
[security.md](security.md#who-could-do-harm-and-what-stops-them).
`;
}

function commands(rows: readonly HostileCommand[]): string {
  return table(
    ["what it does", "what the client reads", "what the log says"],
    rows.map(([name, does, reads, logs]) => {
      if (typeof reads === "object" && "return" in reads)
        return [does, code(JSON.stringify(reads.return)), logs === undefined ? "" : logged(name, logs)];
      const text = textOf(reads);
      const same = logs !== undefined && text.replace(FAILED, "") === textOf(logs).replace(LOGGED, "");
      return [does, code(text.replace(FAILED, "… failed: ")), same ? "the same" : logs === undefined ? "" : logged(name, logs)];
    }),
  );
}

function logged(name: string, quote: Quote): string {
  return lines(textOf(quote).replace(LOGGED, "… failed: ").replaceAll("NAME", name));
}

function policies(rows: readonly WrongPolicy[]): string {
  return table(
    ["what is below [policy]", "what is said"],
    rows.map(([text, ...problems]) => [lines(text), problems.map(code).join("<br>")]),
  );
}

/** Each line as code of its own, for a cell has one only. */
function lines(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map(code)
    .join("<br>");
}

/** Long runs of one character are cut; what a page can't show is escaped. */
function code(quote: Quote): string {
  const text = textOf(quote)
    .replace(/(\w)\1{20,}/g, (_, one: string) => `${one.repeat(3)}…`)
    .replace(/[\p{Cc}\p{Cf}]/gu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return text === "" ? "" : `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, head.map(() => "-"), ...rows];
  return all.map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}

/** The page as it stands. */
export function writtenHostilePage(): string {
  return readFileSync(PAGE, "utf8");
}

if (import.meta.main) writeFileSync(PAGE, hostilePage());
