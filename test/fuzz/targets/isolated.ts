/** What a hostile plugin's process says on its channel: nothing of it may harm the agent. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAjv } from "../../../core/dispatch/ajv.ts";
import { CommandError } from "../../../core/errors.ts";
import { readDeclaration } from "../../../core/extension/isolated/declaration.ts";
import { FrameReader, frame, MAX_FRAME_BYTES } from "../../../core/extension/isolated/frames.ts";
import { readFromChild } from "../../../core/extension/isolated/messages.ts";
import { PluginProcess } from "../../../core/extension/isolated/plugin-process.ts";
import { ProtocolError } from "../../../core/extension/isolated/protocol-error.ts";
import { asText, holds, same } from "../engine/failure.ts";
import type { Target } from "../engine/target.ts";
import { pieces } from "./framing.ts";

const DECLARATION = {
  name: "x",
  api: 1,
  commands: [
    {
      name: "guest-x",
      since: "1.0",
      summary: "Says.",
      arguments: {
        type: "object",
        properties: { a: { type: "string", secret: true }, b: { int64: true } },
        required: ["a"],
        additionalProperties: false,
      },
      returns: { anyOf: [{ type: "array", items: { type: "integer", minimum: 0 } }, { enum: ["a", 1, null] }, { base64: true }] },
    },
  ],
};
const TAGGED = [
  { $: "number", value: "-0" },
  { $: "integer", value: "18446744073709551616" },
  { $: "date", value: 0 },
  { $: "double", value: { $: "number", value: "NaN" } },
  { $: "bytes", at: 0, length: 3 },
  { $: "text", at: 0, length: 4 },
  { $: "object", value: { $: 1, __proto__: null } },
];
const MESSAGES = [
  { type: "result", id: 1, value: DECLARATION },
  { type: "error", id: 1, error: { text: "x", told: true, stack: "y" } },
  { type: "log", level: "info", text: "x" },
  { type: "beat" },
  { type: "folder", id: 1 },
  { type: "result", id: 1, value: TAGGED },
].map((message) => JSON.stringify(message));
const KEYWORDS =
  "type properties required additionalProperties items anyOf enum const default minLength maxLength minItems maxItems minimum exclusiveMinimum title int64 uint64 double base64 plain secret role alternate $ref pattern __proto__ $".split(
    " ",
  );
const WORDS = [
  ...KEYWORDS.map((word) => `"${word}":`),
  ..."{ } [ ] , : null true false 0 -1 1e400 \\u0000 \\ud800 {} [] |".split(" "),
  ...["object", "array", "string", "integer", "path", "result", "error", "log", "beat", "folder", "NaN"].map((word) => `"${word}"`),
  ...TAGGED.map((value) => JSON.stringify(value)),
  "\n",
];

/** Each line becomes a frame: its JSON, and behind a `|` what lies beside. With a `!` in front the bytes are taken as they are. */
function stream(input: Buffer): Buffer {
  if (input[0] === 0x21) return input.subarray(1);
  return Buffer.concat(
    input
      .toString("latin1")
      .split("\n")
      .flatMap((line) => {
        const bar = line.lastIndexOf("|");
        const [text, beside] = (bar < 0 ? [line, ""] : [line.slice(0, bar), line.slice(bar + 1)]).map((each) =>
          Buffer.from(each, "latin1"),
        );
        const header = Buffer.alloc(8);
        header.writeUInt32LE(text?.length ?? 0, 0);
        header.writeUInt32LE(beside?.length ?? 0, 4);
        return [header, text ?? header, beside ?? header];
      }),
  );
}

const SEEDS = [
  MESSAGES.join("\n"),
  `${MESSAGES[5]}|abcdef`,
  `!\x02\0\0\0\0\0\0\0{}`,
  "!\xff\xff\xff\xff\xff\xff\xff\xff",
  `${MESSAGES[0]}\n${MESSAGES[3]}`,
];

const FRAMES: Target = {
  name: "isolated-frames",
  covers: ["core/extension/isolated/"],
  seeds: SEEDS,
  words: WORDS,
  maxBytes: 8192,
  bounded: 1000,
  run(input) {
    const bytes = stream(input);
    const whole = heard([bytes]);
    same(heard(pieces(bytes)), whole, "the same messages however the bytes are split");
    return whole
      .map((each) => each.slice(0, 40).replace(/\d+|'.*/g, ""))
      .slice(-1)
      .join();
  },
};

function heard(chunks: readonly Uint8Array[]): string[] {
  const texts: string[] = [];
  const reader = new FrameReader(
    (message) => {
      texts.push(asText(message));
      const again: unknown[] = [];
      const echo = new FrameReader(
        (value) => again.push(value),
        () => MAX_FRAME_BYTES,
      );
      for (const piece of frame(message)) echo.push(piece);
      same(again, [message], "what was read is written as it was");
      const said = readFromChild(message);
      if (said.type === "result") declared(said.value);
      texts.push(said.type);
    },
    () => 1024 * 1024,
  );
  try {
    for (const chunk of chunks) reader.push(chunk);
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof CommandError)) throw error;
    texts.push(`refused: ${error.message}`);
  }
  return texts;
}

/** A declaration that is taken is one that the agent can use. */
function declared(value: unknown): void {
  const { commands, options } = readDeclaration(value);
  const ajv = createAjv();
  for (const schema of [options, ...commands.flatMap(({ arguments: args, returns }) => [args, returns])]) {
    if (schema === undefined) continue;
    const validate = ajv.compile(schema);
    for (const sample of [{}, { a: "x", b: 1 }, [], "x", 1, null]) validate(structuredClone(sample));
  }
}

let folder = "";

const CHILD: Target = {
  name: "hostile-child",
  covers: ["core/extension/isolated/"],
  seeds: SEEDS,
  words: WORDS,
  maxBytes: 8192,
  bounded: 12,
  before: async () => {
    folder = mkdtempSync(join(process.cwd(), "target-"));
  },
  after: async () => rmSync(folder, { recursive: true, force: true }),
  async run(input) {
    const file = join(folder, "said");
    writeFileSync(file, stream(input));
    let said = 0;
    const events = {
      log: (_: unknown, text: string) => {
        said++;
        holds(text.length < 10_000, "a line for the log is bounded");
      },
      folder: async () => "/nowhere",
    };
    const child = await PluginProcess.start(64, events, ["/bin/sh", "-c", 'cat "$0" >&3; cat "$0"; cat "$0" >&2', file]);
    const order = { name: "x", file: "/x", settings: {} as never, memoryLimit: 64, account: undefined };
    const asked = child.ask({ type: "open", order }, "open", { withinMs: 5000 }).then(
      () => "answered",
      (error: unknown) => {
        holds(error instanceof Error, "who asks gets an error");
        return "refused";
      },
    );
    const how = await child.ended;
    holds(how !== "", "it is told how it ended");
    return `${await asked} ${said === 0} ${how.replace(/\d+|'.*'/g, "").slice(0, 60)}`;
  },
};

export const ISOLATED: readonly Target[] = [FRAMES, CHILD];
