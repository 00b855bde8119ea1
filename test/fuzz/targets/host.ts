/** What reaches the tools of a host, and of the agent's own helpers: an answer of a guest that is not trusted. */
import { indented, objectMembers, terminalSafe } from "../../../core/cli/json-text.ts";
import { declaredCommands } from "../../../core/declared-commands.ts";
import { createAjv } from "../../../core/dispatch/ajv.ts";
import { ArgumentReader } from "../../../core/dispatch/arguments.ts";
import type { Validator } from "../../../core/dispatch/validators.ts";
import { CommandError } from "../../../core/errors.ts";
import { readAnswer, readRequest } from "../../../core/os/linux/home-request.ts";
import { OsError } from "../../../core/os/ports.ts";
import { Framing } from "../../../core/protocol/framing.ts";
import type { JsonObject } from "../../../core/protocol/values.ts";
import { builtInPlugins } from "../../../plugins/index.ts";
import { asText, holds, same } from "../engine/failure.ts";
import { seedOf } from "../engine/random.ts";
import type { Target } from "../engine/target.ts";
import { JSON_GRAMMAR, JSON_WORDS } from "./framing.ts";

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ANSWERS: Target = {
  name: "guest-answers",
  covers: ["core/cli/json-text.ts", "core/printable.ts"],
  seeds: [
    '{"return": {"a": [1, -0, 1e400, "\\u001b[0m", {"b": {}}], "c": "\xe2\x80\xae"}}',
    '{"error": {"class": "x", "desc": "y"}}',
    '{"a":1,"a":2}',
  ],
  words: JSON_WORDS,
  grammar: { ...JSON_GRAMMAR, start: ["<object>", "<value>"] },
  bounded: 2000,
  run(input) {
    const text = input.toString("utf8");
    const value = parsed(text);
    const members = objectMembers(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      holds(members === undefined, "what is no object has no members");
      return "none";
    }
    if (members === undefined) return "deep";
    const again = Object.fromEntries([...members].map(([name, part]) => [name, JSON.parse(part) as unknown]));
    same(asText(Object.entries(again)), asText(Object.entries(value)), "the members are those that JSON has");
    for (const shown of [terminalSafe(text), terminalSafe(indented(text))]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal obeys.
      holds(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ufeff]/.test(shown), "nothing that a terminal obeys", () =>
        asText(shown),
      );
      same(asText(parsed(shown)), asText(value), "what is shown is the same value");
    }
    return String(Math.min(5, members.size));
  },
};

const HOME: Target = {
  name: "home-files",
  covers: ["core/os/linux/home-request.ts"],
  seeds: [
    '{"content":null}',
    '{"content":"QQ=="}',
    '{"failed":"EACCES","call":"open"}',
    '{"account":{"name":"a","uid":1,"gid":1,"home":"/h"},"folder":".ssh","name":"k","content":"QQ=="}',
  ],
  words: [
    ...JSON_WORDS,
    '"failed":',
    '"call":',
    '"content":',
    '"setuid"',
    '"open"',
    '"read"',
    '"constructor"',
    '"uid":4294967295',
    '".."',
    "/",
  ],
  bounded: 1000,
  run(input) {
    const text = input.toString("utf8");
    try {
      readAnswer(text);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
    }
    try {
      const { folder, name } = readRequest(text);
      holds(![folder, name].some((each) => /[/\0]|^\.{0,2}$/.test(each)), "a name is one name", () => asText({ folder, name }));
      return "request";
    } catch (error) {
      return (error as Error).name;
    }
  },
};

const READERS = builtInPlugins
  .flatMap((plugin) => declaredCommands(plugin))
  .map(({ name, arguments: schema }) => ({ name, schema, reader: undefined as ArgumentReader | undefined }));

const ARGUMENTS: Target = {
  name: "arguments",
  covers: ["core/dispatch/argument", "core/dispatch/keywords.ts"],
  seeds: [
    '{"handle":1,"count":2,"offset":-1,"whence":"set","buf-b64":"QQ=="}',
    '{"path":"/a","mode":"r","arg":["a"],"env":["A=1"],"capture-output":"separated","input-data":"QQ=="}',
    '{"vcpus":[{"logical-id":1,"online":true}],"username":"a","keys":["k"],"reset":null,"id":1.5}',
    `{"path":"/a","buf-b64":"${"QUJD".repeat(1500)}","handle":18446744073709551616}`,
  ],
  words: [
    ...JSON_WORDS,
    ...READERS.flatMap(({ schema }) =>
      Object.keys((schema as { properties?: object } | undefined)?.properties ?? {}).map((name) => `"${name}":`),
    ),
  ],
  grammar: { ...JSON_GRAMMAR, start: ["<object>"] },
  maxBytes: 8192,
  bounded: 1000,
  run(input) {
    const outcomes: string[] = [];
    const framing = new Framing(({ value, lent }) => {
      if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.getPrototypeOf({}))
        outcomes.push(read(value as JsonObject, lent.length > 0, input));
      for (const string of lent) string.release();
    });
    framing.push(input);
    framing.close();
    return outcomes[0];
  },
};

/** By one of the commands; which one depends on the input, but not on what it says. */
function read(args: JsonObject, lent: boolean, input: Buffer): string {
  const command = READERS[Math.abs(seedOf(input.subarray(0, 24))) % READERS.length];
  if (command === undefined) return "none";
  command.reader ??= new ArgumentReader(command.schema, command.schema && (createAjv().compile(command.schema) as Validator));
  try {
    command.reader.read(args, lent);
    return `${command.name} takes it`;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `${command.name} ${error.message.replace(/'.*?'/g, "")}`.slice(0, 80);
  }
}

export const HOST: readonly Target[] = [ANSWERS, HOME, ARGUMENTS];
