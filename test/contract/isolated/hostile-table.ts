/** Hostile plugins in a process of their own, called "guinea": what each does, and what comes of it. */
import type { Quote } from "../../quote.ts";

/** Writes to the channel behind the agent's back. A frame: length of the text, length of what is beside it, text. */
export const RAW = `const { writeSync } = await import("node:fs");
const put = (bytes) => { for (let at = 0; at < bytes.length; ) { try { at += writeSync(3, bytes, at); } catch (error) { if (error.code !== "EAGAIN") throw error; } } };
const say = (message) => { const text = Buffer.from(typeof message === "string" ? message : JSON.stringify(message)); const head = Buffer.alloc(8); head.writeUInt32LE(text.length, 0); put(Buffer.concat([head, text])); };`;

/** How the client's error begins; the reason is behind it. */
export const NO_ANSWER = "guest-bad has no answer, for the plugin's process has ended: ";
/** The log's line is the reason between these. */
export const LOG_BEGINS = "plugin guinea: ";
export const LOG_ENDS = ", while it ran guest-bad; it is started again in 1 s";

/** What the command does, how; why its process ended; what else the log says. */
export const ENDS: readonly (readonly [what: string, does: string, reason: Quote, logs?: string])[] = [
  ["exits", "process.exit(3)", "it exited with status 3"],
  ["exits with success", "process.exit(0)", "it exited with status 0"],
  ["kills itself", `process.kill(process.pid, "SIGKILL")`, "it was ended by SIGKILL"],
  ["terminates itself", `process.kill(process.pid, "SIGTERM"); await new Promise(() => {})`, "it was ended by SIGTERM"],
  ["aborts", "process.abort()", "it was ended by SIGABRT"],
  ["kills its process group", `process.kill(0, "SIGKILL")`, "it was ended by SIGKILL"],
  [
    "throws where nobody catches",
    `setTimeout(() => { throw new Error("from nowhere"); }); await new Promise(() => {})`,
    "it exited with status 1",
    "warning: plugin guinea: Error: from nowhere",
  ],
  [
    "rejects where nobody catches",
    `Promise.reject(new Error("lost")); await new Promise(() => {})`,
    "it exited with status 1",
    "warning: plugin guinea: Error: lost",
  ],
  ["closes its channel", `(await import("node:fs")).closeSync(3); await new Promise(() => {})`, "it closed its channel"],
  ["stops itself", `process.kill(process.pid, "SIGSTOP"); await new Promise(() => {})`, "it blocked its loop for 10 s"],
  ["blocks its loop", "for (;;);", "it blocked its loop for 10 s"],
  [
    "eats memory in buffers",
    `const all = []; for (;;) { all.push(Buffer.alloc(4 << 20, 1)); await new Promise((r) => setTimeout(r, 5)); }`,
    "it had … MiB, and its memory-limit is 128 MiB",
  ],
  [
    "eats memory in objects at once (or V8 is first, and ends by SIGABRT or SIGTRAP)",
    `const all = []; for (;;) all.push({ all: [all.length] });`,
    {
      is: /^(it had \d+ MiB, and its memory-limit is 128 MiB|.*SIGABRT.*|.*SIGTRAP.*)$/,
      example: "it had 273 MiB, and its memory-limit is 128 MiB",
    },
  ],
  [
    "answers twice",
    `say({ type: "result", id: 9999 }); await new Promise(() => {})`,
    "it spoilt its channel: an answer to what it was not asked",
  ],
  ["says what is no JSON", `say("{"); await new Promise(() => {})`, "it spoilt its channel: a message is no JSON"],
  ["says what is of no kind", `say({ type: "launch" }); await new Promise(() => {})`, "it spoilt its channel: a message of no known kind"],
  [
    "names bytes that it hasn't sent",
    `say({ type: "result", id: 1, value: { $: "bytes", at: 0, length: 1e9 } }); await new Promise(() => {})`,
    "it spoilt its channel: a message names bytes that it doesn't have",
  ],
  [
    "announces four gigabytes",
    `put(Buffer.alloc(8, 255)); await new Promise(() => {})`,
    "it spoilt its channel: a message of 8589934590 bytes, where none of that size may be",
  ],
  ["sends noise", `put((await import("node:crypto")).randomBytes(1 << 20)); await new Promise(() => {})`, "it spoilt its channel: …"],
  ["floods the channel", `for (;;) say({ type: "log", level: "debug", text: "x" });`, "it spoilt its channel: more than it was asked for"],
  [
    "nests without end",
    `say('{"type":"result","id":1,"value":' + "[".repeat(1e5) + "]".repeat(1e5) + "}"); await new Promise(() => {})`,
    "it spoilt its channel: a message is nested too deep",
  ],
];

const NO_LOAD = "its load has no answer, for the plugin's process has ended: it took longer than 6000 ms for its load";

/** What keeps it from coming up: the commands, other members, what is in front of the definition; "is no plugin" is a file of its own. */
export const NOT_UP: readonly (readonly [what: string, reason: string, commands: string, more?: string, before?: string])[] = [
  ["throws while it is loaded", "…/guinea.mjs:3: it threw while it was loaded: bad day", "", "", `throw new Error("bad day");`],
  [
    "exits while it is loaded",
    "its load has no answer, for the plugin's process has ended: it exited with status 4",
    "",
    "",
    "process.exit(4);",
  ],
  ["blocks while it is loaded", NO_LOAD, "", "", "for (;;);"],
  ["waits for ever while it is loaded", NO_LOAD, "", "", "await new Promise(() => {});"],
  [
    "uses what it needs too early",
    "plugin guinea: its commands use 'files' while they are declared; use it when a command runs",
    `simple(needs.files.x, () => "")`,
    "needs: { files: Files },",
  ],
  [
    "has a bad name for a command",
    "a command's name isn't small letters, digits and single dashes, at most 64",
    `simple("Guest X", () => "")`,
  ],
  ["throws in its start", "no bus", "", `start: () => { throw new Error("no bus"); },`],
  [
    "dies in its start",
    "its start has no answer, for the plugin's process has ended: it exited with status 5",
    "",
    "start: () => process.exit(5),",
  ],
  [
    "hangs in its start",
    "its start has no answer, for the plugin's process has ended: it took longer than 6000 ms for its start",
    "",
    "start: () => new Promise(() => {}),",
  ],
];

export const NO_PLUGIN = [
  "is no plugin",
  "…/guinea.mjs: its default export is no plugin: write 'export default definePlugin(…)'",
  "export default 7;",
] as const;
