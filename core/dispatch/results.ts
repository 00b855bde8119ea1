/**
 * What a plugin's command returned, checked against its declaration. What is sent is a copy: a getter or a proxy that says one thing while it
 * is checked and another while it is sent has no chance to.
 */
import { types } from "node:util";
import { _, Ajv, type CodeKeywordDefinition, type KeywordCxt, type ValidateFunction } from "ajv";

/** Values in one result, how deep they lie in each other, and the characters and bytes in it: an answer is a message, not a disk. */
const MOST_VALUES = 1_000_000;
const DEEPEST = 200;
const MOST_BYTES = 256 * 1024 * 1024;

/** Its message says what is wrong with a result, and where in it. */
export class BadResult extends Error {
  override readonly name = "BadResult";
}

/** Members that TypeBox leaves to us, as a result has them. Not the arguments' keywords: those know doubles and base64 as they arrive. */
const KEYWORDS: readonly CodeKeywordDefinition[] = [
  of(
    "int64",
    (data) =>
      _`(typeof ${data} == "number" && Number.isSafeInteger(${data})) || (typeof ${data} == "bigint" && ${data} >= -9223372036854775808n && ${data} <= 9223372036854775807n)`,
  ),
  of(
    "uint64",
    (data) =>
      _`(typeof ${data} == "number" && Number.isSafeInteger(${data}) && ${data} >= 0) || (typeof ${data} == "bigint" && ${data} >= 0n && ${data} <= 18446744073709551615n)`,
  ),
  of("double", (data) => _`typeof ${data} == "number" && Number.isFinite(${data})`),
  of("base64", (data) => _`${data} instanceof Uint8Array`),
  of("plain", (data) => _`!(${data} instanceof Uint8Array)`),
  {
    keyword: "alternate",
    schemaType: "object",
    code(cxt: KeywordCxt) {
      const { types: kinds, values } = cxt.schema as { types: readonly string[]; values: readonly string[] };
      const { data } = cxt;
      const legal = [
        ...values.map((value) => _`${data} === ${value}`),
        ...kinds.map((kind) =>
          kind === "integer" ? _`Number.isSafeInteger(${data}) || typeof ${data} == "bigint"` : _`typeof ${data} == "boolean"`,
        ),
      ];
      cxt.fail(_`!(${legal.reduce((all, one) => _`${all} || ${one}`)})`);
    },
  },
];

function of(keyword: string, condition: (data: KeywordCxt["data"]) => ReturnType<typeof _>): CodeKeywordDefinition {
  return { keyword, schemaType: "boolean", code: (cxt: KeywordCxt) => cxt.fail(_`!(${condition(cxt.data)})`) };
}

let ajv: Ajv | undefined;

function compiler(): Ajv {
  if (ajv) return ajv;
  ajv = new Ajv({ ownProperties: true, strict: true, messages: true, logger: false });
  for (const keyword of KEYWORDS) ajv.addKeyword(keyword);
  ajv.addKeyword({ keyword: "role", schemaType: "string" });
  ajv.addKeyword({ keyword: "secret", schemaType: "boolean" });
  return ajv;
}

/** @param schema of what the command declares under `returns`; without one it returns nothing. @throws Error if ajv can't use it. */
export function resultReader(schema: object | undefined): (result: unknown) => unknown {
  const validate: ValidateFunction | undefined = schema && compiler().compile(schema);
  return (result) => {
    const copy = new Copy().value(result, "", 0);
    if (!validate) {
      if (copy === undefined || (typeof copy === "object" && copy !== null && Object.keys(copy).length === 0)) return undefined;
      throw new BadResult("a value, though it declares none");
    }
    if (copy === undefined) throw new BadResult("nothing, though it declares a result");
    if (validate(copy)) return copy;
    const [error] = validate.errors ?? [];
    throw new BadResult(
      `what its declaration forbids: ${described(error?.instancePath ?? "", error?.keyword ?? "", error?.params ?? {}, error?.message)}`,
    );
  };
}

const EXPECTED: Readonly<Record<string, string>> = {
  int64: "has to be a 64-bit integer",
  uint64: "has to be an unsigned 64-bit integer",
  double: "has to be a finite number",
  base64: "has to be a Uint8Array",
  plain: "has to be an object",
  alternate: "has to be one of the values that its declaration names",
};

function described(pointer: string, keyword: string, params: Readonly<Record<string, unknown>>, message = "is wrong"): string {
  const member = params.additionalProperty ?? params.missingProperty;
  if (keyword === "additionalProperties") return `${named(`${pointer}/${String(member)}`)} is not declared`;
  if (keyword === "required") return `${named(`${pointer}/${String(member)}`)} is missing`;
  return `${named(pointer)} ${EXPECTED[keyword] ?? message.replace(/^must/, "has to")}`;
}

function named(pointer: string): string {
  return pointer === "" ? "the result" : `'${pointer.slice(1).replaceAll("/", ".")}'`;
}

class Copy {
  #values = 0;
  #bytes = 0;

  value(value: unknown, path: string, depth: number): unknown {
    if (++this.#values > MOST_VALUES) throw new BadResult(`more than ${MOST_VALUES} values`);
    if (depth > DEEPEST)
      throw new BadResult(`values more than ${DEEPEST} deep in each other, at ${named(path.slice(0, 60))}: is something in itself?`);
    switch (typeof value) {
      case "string":
        this.#count(value.length);
        return value;
      case "number":
        if (!Number.isFinite(value)) throw new BadResult(`${value}, at ${named(path)}`);
        return value;
      case "bigint":
      case "boolean":
      case "undefined":
        return value;
      case "object":
        return value === null ? null : this.#object(value, path, depth);
      default:
        throw new BadResult(`a ${typeof value}, at ${named(path)}`);
    }
  }

  #object(value: object, path: string, depth: number): unknown {
    if (types.isUint8Array(value)) return this.#own(value);
    if (Array.isArray(value)) {
      const { length } = value;
      if (length > MOST_VALUES) throw new BadResult(`more than ${MOST_VALUES} values`);
      return Array.from({ length }, (_, index) => {
        const item = this.value(value[index], `${path}/${index}`, depth + 1);
        if (item === undefined) throw new BadResult(`a list with nothing at ${named(`${path}/${index}`)}`);
        return item;
      });
    }
    for (const [is, what] of NO_PLAIN_DATA) {
      if (is(value)) throw new BadResult(`${what}, at ${named(path)}: return plain data`);
    }
    const copy: Record<string, unknown> = {};
    for (const name of Object.keys(value)) {
      this.#count(name.length);
      const member = this.value((value as Record<string, unknown>)[name], `${path}/${name}`, depth + 1);
      // Not by assignment, which for `__proto__` does something else.
      if (member !== undefined) Object.defineProperty(copy, name, { value: member, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  }

  /** Memory that can shrink or that another thread writes is copied; the rest isn't, because it may be large. */
  #own(bytes: Uint8Array): Uint8Array {
    this.#count(bytes.byteLength);
    const { buffer } = bytes;
    const isSteady = buffer instanceof ArrayBuffer && !buffer.resizable;
    return isSteady ? Buffer.from(buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MOST_BYTES) throw new BadResult(`more than ${MOST_BYTES / 1024 / 1024} MiB`);
  }
}

const NO_PLAIN_DATA: readonly (readonly [is: (value: object) => boolean, what: string])[] = [
  [types.isPromise, "a promise (is an 'await' missing?)"],
  [types.isMap, "a Map"],
  [types.isSet, "a Set"],
  [types.isDate, "a Date"],
  [types.isRegExp, "a regular expression"],
  [types.isNativeError, "an Error"],
  [types.isBoxedPrimitive, "a boxed value"],
  [ArrayBuffer.isView, "an array of numbers other than Uint8Array"],
  [types.isAnyArrayBuffer, "an ArrayBuffer"],
];
