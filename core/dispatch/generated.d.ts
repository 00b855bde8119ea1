/** Made by the build from the declarations of the built-in commands; empty when run from source, where validators are compiled as needed. */
declare module "lodger:validators" {
  import type { ValidateFunction } from "ajv";

  /** By the command's name; a command without arguments has none. */
  const validators: Readonly<Partial<Record<string, ValidateFunction>>>;
  export default validators;
}

/** Plugins that `npm run build -- --plugin` has built in; none when run from source. */
declare module "lodger:plugins" {
  const plugins: readonly import("../extension/source.ts").PluginSource[];
  export default plugins;
}

/** The text of `lodger-plugin.d.ts`, brotli in base64. */
declare module "lodger:plugin-types" {
  const packed: string;
  export default packed;
}
