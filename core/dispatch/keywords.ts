/**
 * The wire's own types as ajv keywords. They generate code, so that the validators of the built-in commands can be made at build time
 * and ajv is not loaded at all unless a plugin from disk brings a schema. Doubles and long strings of a request are known by their
 * marks (`isDouble`, `isLongString`), so that the generated code needs no import.
 */
import { _, type Ajv, type CodeKeywordDefinition, type KeywordCxt } from "ajv";

const keywords: readonly CodeKeywordDefinition[] = [
  {
    keyword: "int64",
    schemaType: "boolean",
    code(cxt: KeywordCxt) {
      const { data } = cxt;
      cxt.fail(_`!(typeof ${data} == "number" || (typeof ${data} == "bigint" && ${data} <= 9223372036854775807n))`);
    },
  },
  {
    keyword: "uint64",
    schemaType: "boolean",
    code(cxt: KeywordCxt) {
      const { data } = cxt;
      cxt.fail(_`!(typeof ${data} == "number" || typeof ${data} == "bigint")`);
    },
  },
  {
    keyword: "double",
    schemaType: "boolean",
    code(cxt: KeywordCxt) {
      const { data } = cxt;
      cxt.fail(_`!(typeof ${data} == "number" || typeof ${data} == "bigint" || (${data} && ${data}.isDouble === true))`);
    },
  },
  {
    keyword: "base64",
    schemaType: "boolean",
    code(cxt: KeywordCxt) {
      const { data } = cxt;
      cxt.fail(_`!(typeof ${data} == "string" || (${data} && ${data}.isLongString === true))`);
    },
  },
  {
    keyword: "plain",
    schemaType: "boolean",
    code(cxt: KeywordCxt) {
      const { data } = cxt;
      cxt.fail(_`${data} && ${data}.isDouble === true`);
    },
  },
  {
    keyword: "alternate",
    schemaType: "object",
    code(cxt: KeywordCxt) {
      const { data } = cxt;
      const { types, values } = cxt.schema as { types: readonly string[]; values: readonly string[] };
      const legal = values.map((value) => _`${data} === ${value}`).reduce((all, one) => _`${all} || ${one}`);
      const integer = _`typeof ${data} == "number" || (typeof ${data} == "bigint" && ${data} <= 9223372036854775807n)`;
      const scalar = types.map((type) => (type === "integer" ? integer : _`typeof ${data} == "boolean"`)).reduce((a, b) => _`${a} || ${b}`);
      cxt.fail(_`!(${legal} || ${scalar})`);
    },
  },
];

export function defineKeywords(ajv: Ajv): Ajv {
  for (const keyword of keywords) ajv.addKeyword(keyword);
  // They say something to others, and nothing to a validator.
  ajv.addKeyword({ keyword: "role", schemaType: "string" });
  ajv.addKeyword({ keyword: "secret", schemaType: "boolean" });
  return ajv;
}
