/** Made by the build from the declarations of the built-in commands; empty when run from source, where validators are compiled as needed. */
declare module "lodger:validators" {
  import type { ValidateFunction } from "ajv";

  /** By the command's name; a command without arguments has none. */
  const validators: Readonly<Partial<Record<string, ValidateFunction>>>;
  export default validators;
}
