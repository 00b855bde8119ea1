/** A function that checks a command's arguments against its declaration: generated at build, or compiled when there is none. */
import type { AnyCommand } from "../plugin.ts";
import { Token } from "../token.ts";

export interface ValidationError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Validator {
  (data: unknown): boolean;
  errors?: readonly ValidationError[] | null;
}

/** By command; one without arguments has none. */
export type GeneratedValidatorTable = Readonly<Partial<Record<string, Validator>>>;

export const GeneratedValidators = new Token<GeneratedValidatorTable>("generated validators");

/** A validator for each command that has arguments. ajv is loaded only if one is not among the generated. */
export async function loadValidators(commands: Iterable<AnyCommand>, generated: GeneratedValidatorTable): Promise<Map<string, Validator>> {
  const validators = new Map<string, Validator>();
  let compile: ((schema: object) => Validator) | undefined;
  for (const command of commands) {
    if (!command.arguments) continue;
    let validator = Object.hasOwn(generated, command.name) ? generated[command.name] : undefined;
    if (!validator) {
      compile ??= await compiler();
      validator = compile(command.arguments);
    }
    validators.set(command.name, validator);
  }
  return validators;
}

async function compiler(): Promise<(schema: object) => Validator> {
  const { createAjv } = await import("./ajv.ts");
  const ajv = createAjv();
  return (schema) => ajv.compile(schema) as Validator;
}
