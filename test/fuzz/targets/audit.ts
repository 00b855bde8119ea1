/** Secrets and contents among arguments of any shape: the audit's line tells none of them. */
import { lineOf, MAX_LINE_BYTES } from "../../../core/audit/line.ts";
import { RequestRecord } from "../../../core/audit/record.ts";
import { redacted } from "../../../core/audit/redaction.ts";
import { type TObject, type TSchema, Type } from "../../../core/plugin.ts";
import { Choices } from "../engine/choices.ts";
import { asText, holds } from "../engine/failure.ts";
import type { Target } from "../engine/target.ts";

/** Short, so that no cut hides it, and in no text beside. */
const CANARY = "kNrY";
const NAMES = ["a", "path", "$", "__proto__", "constructor", "toString", "é\u2028", "x".repeat(300)] as const;
const TEXTS = ["", "plain", "\u001b[0m\u2028\u202e", "y".repeat(400), "\ud800", '"\\'] as const;

interface Made {
  readonly schema: TSchema;
  readonly value: unknown;
}

/** @param hidden whether what is around it is secret already. */
function made(choices: Choices, depth: number, hidden: boolean): Made {
  const secret = choices.below(4) === 0;
  const notes = secret ? { secret: true as const } : {};
  const hide = hidden || secret;
  const text = () => (hide ? `${CANARY}${choices.pick(TEXTS)}` : choices.pick(TEXTS));
  switch (depth > 4 ? choices.below(5) : choices.below(10)) {
    case 0:
      return { schema: Type.String(notes), value: text() };
    case 1:
      return { schema: Type.Int64(notes), value: hide ? 7_731_177_311 : 2n ** 63n };
    case 2:
      return { schema: Type.Base64(notes), value: Buffer.from(CANARY.repeat(1 + choices.below(9))) };
    case 3:
      return { schema: Type.Boolean(notes), value: true };
    case 4:
      return { schema: Type.Array(Type.String(), { role: "environment", ...notes }), value: choices.list(40, () => `A=${CANARY}`) };
    case 5: {
      const item = made(choices, depth + 1, hide);
      return { schema: Type.Array(item.schema, notes), value: Array.from({ length: choices.below(30) }, () => item.value) };
    }
    case 6: {
      const one = made(choices, depth + 1, true);
      return { schema: Type.Unsafe({ anyOf: [one.schema, { type: "string", secret: true }], ...notes }), value: one.value };
    }
    case 7: {
      const one = made(choices, depth + 1, true);
      return {
        schema: Type.Unsafe({ type: "object", additionalProperties: { secret: true }, ...notes }),
        value: { [choices.pick(NAMES)]: one.value },
      };
    }
    default:
      return object(choices, depth + 1, hide, notes);
  }
}

function object(
  choices: Choices,
  depth: number,
  hidden: boolean,
  notes = {},
): { readonly schema: TObject; readonly value: Record<string, unknown> } {
  const members = choices.list(6, () => [`${choices.pick(NAMES)}${choices.below(3)}`, made(choices, depth, hidden)] as const);
  return {
    schema: Type.Object(Object.fromEntries(members.map(([name, { schema }]) => [name, schema])), notes),
    value: Object.fromEntries(members.map(([name, { value }]) => [name, value])),
  };
}

const SECRETS = new RegExp(
  `${CANARY}|${Buffer.from(CANARY).toString("base64").slice(0, 5)}|${Buffer.from(CANARY).toString("hex")}|7731177311`,
);

export const AUDIT: Target = {
  name: "audit",
  covers: ["core/audit/redaction.ts", "core/audit/line.ts", "core/audit/record.ts", "core/printable.ts"],
  seeds: [
    "\x06\x00\x00\x01\x00\x01\x02",
    "\x05".repeat(60),
    "\x08\x06".repeat(80),
    Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join(""),
  ],
  maxBytes: 1000,
  bounded: 2000,
  run(input) {
    const choices = new Choices(input);
    const { schema, value } = object(choices, 0, false);
    let written = "";
    const record = (use: (record: RequestRecord) => void) => {
      const client = { peer: "p".repeat(choices.below(200)), connection: 1 };
      const made = new RequestRecord(client, "guest-x", value, ({ fields, message }) => {
        written = lineOf({ message, ...fields });
        holds(!SECRETS.test(written) && !SECRETS.test(message), "no secret in a line", () => asText({ schema, written }));
        holds(Buffer.byteLength(written) <= MAX_LINE_BYTES && written.endsWith("\n"), "a line is bounded");
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal obeys.
        holds(!/[\u2028\u2029\u202e\u001b\n]/.test(written.slice(0, -1)), "a line is one line, and hides nothing");
        JSON.parse(written);
        return 1;
      });
      use(made);
    };
    record((each) => {
      each.arguments(schema, value);
      each.ended();
    });
    // Refused before anybody has looked at the arguments.
    record((each) => each.ended({ class: "GenericError", code: "X" }));
    return String(asText(redacted(schema, value)).length >> 8);
  },
};
