/** The plugins of this folder: what each does, what comes of it. NAME stands for the plugin's name. */
import type { Quote } from "../../quote.ts";

/** How most errors begin: the client reads the one, the log has the other. */
export const FAILED = "Command guest-NAME of the plugin 'NAME' failed: ";
export const LOGGED = "plugin NAME: guest-NAME failed: ";
/** How the log says what has kept a plugin out. */
export const LEFT = "plugin NAME is left out: ";

/** What all commands here answer that answer at all. */
export const FINE = { return: { value: 1 } };

/** What is read: a result, or the text of an error. */
export type HostileCommand = readonly [plugin: string, does: string, reads: typeof FINE | Quote, logs?: Quote];

/** @returns what both read, the log sometimes more. */
const failed = (text: string, logs = text) => [`${FAILED}${text}`, `${LOGGED}${logs}`] as const;
const forbidden = (text: string) => failed(`it returned what its declaration forbids: ${text}`);
const refused = (call: string) =>
  [`${FAILED}${call} is refused in a plugin: it would concern the whole agent`, called(`${call}, which was refused: …`)] as const;
const called = (call: string) => `plugin 'NAME', guest-NAME, called ${call}`;
const later = (text: string) => [FINE, `plugin 'NAME', guest-NAME: ${text}`] as const;
const uncaught = (text: string) => later(`an error that nobody caught: ${text}`);

export const THROWS: readonly HostileCommand[] = [
  [
    "throws",
    "throws an error whose text would forge a line of the log",
    ...failed("boom 9.000000: error: forged", "Error: boom | 9.000000: error: forged | …throws.mjs:…"),
  ],
  ["throws-null", "throws `null`", ...failed("null")],
  ["throws-proxy", "throws an error that throws when it is looked at", ...failed("something that can't be shown")],
  [
    "throws-endless-text",
    "throws an error of ten million characters, of which 4096 are answered",
    { is: /^x{4096}$/, example: "x".repeat(4096) },
  ],
  ["throws-forged", "throws an error of the agent's with another class", "fine"],
  ["rejects", "rejects", ...failed("no value", "TypeError: no value | …")],
  ["after-answer", "throws after its answer", FINE, "plugin NAME: what it does after an answer failed: after all"],
];

export const RETURNS: readonly HostileCommand[] = [
  ["thenable", "returns a thenable that resolves twice, then throws", FINE],
  ["returns-text", "returns a text for a number", ...forbidden("'value' has to be a 64-bit integer")],
  ["returns-more", "returns a member that it doesn't declare", ...forbidden("'password' is not declared")],
  ["returns-less", "leaves a member out", ...forbidden("'value' is missing")],
  ["returns-nothing", "returns nothing, and declares a result", ...failed("it returned nothing, though it declares a result")],
  ["returns-something", "returns something, and declares nothing", ...failed("it returned a value, though it declares none")],
  ["returns-nan", "returns NaN", ...failed("it returned NaN, at 'value'")],
  ["returns-half", "returns 1.5 for an integer", ...forbidden("'value' has to be a 64-bit integer")],
  ["returns-too-large", "returns 2⁶⁴", ...forbidden("'value' has to be a 64-bit integer")],
  [
    "returns-promise",
    "returns a promise inside of the result",
    ...failed("it returned a promise (is an 'await' missing?), at 'value': return plain data"),
  ],
  ["returns-function", "returns a function inside of the result", ...failed("it returned a function, at 'value'")],
  ["returns-map", "returns a Map", ...failed("it returned a Map, at the result: return plain data")],
  ["returns-base64-text", "returns base64 for bytes", ...forbidden("'value' has to be a Uint8Array")],
  [
    "returns-itself",
    "returns what has itself inside",
    ...failed("it returned values more than 200 deep in each other, at …: is something in itself?"),
  ],
  ["returns-endless", "returns two million numbers", ...failed("it returned more than 1000000 values")],
  ["returns-huge-length", "returns a list that says it has four thousand million", ...failed("it returned more than 1000000 values")],
  ["returns-hole", "returns a list with a hole", ...failed("it returned a list with nothing at '1'")],
  ["returns-proxy", "returns what throws when it is looked at", ...failed("not for you", "Error: not for you | …")],
  ["returns-changing", "returns what is another value the second time it is looked at", FINE],
];

const HELD = "it held the agent's thread for 5 s without awaiting anything, and was ended: 'isolate = true' gives it its own";

export const HARMS_ALL: readonly HostileCommand[] = [
  ["blocks", "loops for ever", ...failed(HELD)],
  ["blocks-catching", "loops for ever, and catches everything", ...failed(HELD)],
  ["exits", "calls `process.exit`", ...refused("process.exit()")],
  ["exits-really", "calls `process.reallyExit`", ...refused("process.reallyExit()")],
  ["aborts", "calls `process.abort`", ...refused("process.abort()")],
  ["kills", "kills the agent by `process.kill`", ...refused("process.kill(…)")],
  ["kills-group", "kills the agent's process group", ...refused("process.kill(0)")],
  ["changes-folder", "calls `process.chdir`", ...refused("process.chdir()")],
  ["changes-mask", "calls `process.umask`", ...refused("process.umask()")],
  ["changes-user", "calls `process.setuid`", ...refused("process.setuid()")],
];

export const HARMS_LATER: readonly HostileCommand[] = [
  ["exits-later", "calls `process.exit` from a timer", FINE, called("process.exit(), which was refused: …")],
  ["throws-later", "throws in a timer", ...uncaught("Error: too late | …")],
  ["throws-null-later", "throws `null` in a timer", ...uncaught("null")],
  ["rejects-later", "leaves a rejected promise", ...later("a rejected promise that nobody handled: Error: nobody cares | …")],
  ["emits-error", "emits an error that nobody listens to", ...uncaught("Error: emitted | …")],
  ["connects", "opens a connection that fails", ...uncaught("Error: connect ENOENT …")],
  ["worker-fails", "starts a thread that throws", ...uncaught("…Error: in a thread…")],
];

const LINES_LEFT = "99900 more lines were left out: it may write 100 a second";
/** The hundredth line is there, and none of those behind it. */
const hundred = (name: string, line: string) => ({
  is: new RegExp(`plugin ${name}: ${line} 99\\n[\\s\\S]*plugin ${name}: ${LINES_LEFT}$`, "m"),
  example: `plugin ${name}: ${line} 99\nplugin ${name}: ${LINES_LEFT}`,
});

export const FLOODS: readonly HostileCommand[] = [
  ["floods", "logs a hundred thousand lines", FINE, hundred("floods", "line")],
  ["prints", "prints a hundred thousand lines", FINE, hundred("prints", "printed")],
  [
    "forges",
    "logs a million characters that would be two lines",
    FINE,
    {
      is: /plugin forges: a\\n9\.000000: error: forged x+… \(10000\d\d characters\)$/m,
      example: "plugin forges: a\\n9.000000: error: forged xxx… (1000026 characters)",
    },
  ],
];

export const COMMANDS: readonly HostileCommand[] = [...THROWS, ...RETURNS, ...HARMS_ALL, ...HARMS_LATER, ...FLOODS];

/** Plugins that can't be used, with what the log says behind `LEFT`. */
export const LEFT_OUT: readonly (readonly [plugin: string, does: string, logs: string])[] = [
  ["start-throws", "throws when it is started", "it can't start: no device"],
  ["start-blocks", "loops for ever when it is started", HELD],
  ["load-exits", "calls `process.exit` while it is loaded", "…/NAME.mjs:1: it threw while it was loaded: process.exit() is refused…"],
  ["load-throws", "throws while it is loaded", "…/NAME.mjs:1: it threw while it was loaded: not today"],
  ["load-syntax", "is no JavaScript", "…/NAME.mjs:2: Unexpected token ','"],
  [
    "load-package",
    "imports a package that isn't there",
    "…/NAME.mjs: Cannot find package 'no-such-package-anywhere' …: install it beside the plugin ('npm install' in its folder)",
  ],
  ["load-nothing", "exports no plugin", "…/NAME.mjs: this exports no plugin: write 'export default definePlugin(…)'…"],
  ["other-name", "has another name than its file", "the plugin calls itself 'another' and its file 'NAME': make them the same"],
  [
    "takes-ping",
    "brings a command of the agent's",
    "the command guest-ping is there already, in the plugin 'agent': give this one another name",
  ],
  [
    "too-takes-throws",
    "brings a command of another plugin's",
    "the command guest-throws is there already, in the plugin 'throws': give this one another name",
  ],
  [
    "needs-nobody",
    "needs what nobody provides",
    "it needs 'nothing that there is', and no plugin and nothing in the agent provides it: install the plugin that does",
  ],
  [
    "circle-a",
    "waits for one that waits for it",
    "it can't start before itself: circle-a needs circle-b needs circle-a; take one 'needs' or 'after' away",
  ],
  ["circle-b", "the other one", "it can't start before itself: circle-b needs circle-a needs circle-b; take one 'needs' or 'after' away"],
];

/** Plugins that hold up the start, where they may do so for 3 seconds. */
export const SLOW: readonly (readonly [plugin: string, does: string, logs: string])[] = [
  ["start-hangs", "hangs when it is started", "its start took longer than 3 s: 'start-timeout' of [plugins.NAME] may be more"],
  ["load-waits", "hangs while it is loaded", "loading it took longer than 3 s"],
];

/** A command that can't tell whether it is supported. */
export const UNSUPPORTED = [
  "supported-throws",
  "throws when it is asked whether it is supported",
  "plugin NAME: guest-NAME is left out: its 'supported' failed: who knows",
] as const;

/** All in one plugin, all said in one line. */
export const MISTAKES: readonly string[] = [
  "the plugin has an unknown member 'stat': is 'start' meant?",
  "it was written for version 7 of lodger/plugin, and this lodger has version 1: …",
  "'needs' of the plugin has to be an object of tokens, …",
  "'options' of the plugin is no usable schema: it has to be a Type.Object(…)",
  "'guest_many' is no command's name: …",
  "the command guest_many lacks 'since'",
  "…unknown member 'sumary': is 'summary' meant?",
  "'arguments' of the command guest_many is no usable schema: …",
  "'run' of the command guest-ping has to be a function",
  "the command guest-ping is there already, in the plugin 'agent': …",
];

/** What blocks after it has awaited something, as far as it can be helped. */
export const BLOCKS_LATER = {
  does: "awaits something, then loops for 13 seconds",
  meanwhile:
    "error: the agent's thread is blocked for … s, and no client is answered; of plugins there is at work: plugin 'blocks-later', guest-blocks-later",
  after: "the agent's thread turns again, after … s",
} as const;

/** The agent ends within a second and with status 0, whatever they do. */
export const AT_END: readonly (readonly [plugin: string, does: string, logs?: string])[] = [
  ["leaks", "leaves a server, a timer, a thread and a stream open"],
  ["hangs", "still runs a command that never ends"],
  ["stop-hangs", "hangs when it is stopped", "plugin NAME: its stop took longer than 0.4 s"],
  ["stop-throws", "throws `null` when it is stopped", "plugin NAME: its stop failed: null"],
];
