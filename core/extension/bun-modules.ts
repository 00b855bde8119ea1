/**
 * Plugins' modules on Bun, which has no hooks of Node's: its own bundler makes one module of a plugin's files, of which each is read here.
 * That module has no file, so that loading it again needs no other name.
 */
import { adviceForMissing, ModuleError } from "./module-errors.ts";

/** What is used of Bun, by its documentation. */
interface Bun {
  build(options: {
    entrypoints: string[];
    target: "bun";
    format: "esm";
    throw: false;
    plugins: { name: string; setup(build: Build): void }[];
  }): Promise<{ success: boolean; logs: readonly Problem[]; outputs: readonly { text(): Promise<string> }[] }>;
}

interface Build {
  onResolve(where: { filter: RegExp }, resolve: (asked: { path: string }) => { path: string; namespace: string } | undefined): void;
  onLoad(
    where: { filter: RegExp; namespace: string },
    load: (asked: { path: string; loader: string }) => { contents: string; loader: string },
  ): void;
}

interface Problem {
  readonly message: string;
  readonly position: { readonly file: string; readonly line: number } | null;
}

export interface BunSource {
  /** @returns what the module of this path is made of. @throws Error for what must not be read. */
  read(path: string): Buffer;
  /** @returns the text of a module that is no file. @param name as a plugin imports it. */
  virtual(name: string): string | undefined;
}

const VIRTUAL = "lodger";

export function bunHere(): Bun | undefined {
  return (globalThis as { Bun?: Bun }).Bun;
}

/**
 * @param entry absolute path.
 * @returns an address to import, by which stacks name the module too. Who has imported it gives it back by `URL.revokeObjectURL`.
 * @throws ModuleError for what Bun can't make of it, and whatever reading throws.
 */
export async function moduleOfBun(bun: Bun, entry: string, source: BunSource): Promise<string> {
  let refused: unknown;
  const { success, logs, outputs } = await bun.build({
    entrypoints: [entry],
    target: "bun",
    format: "esm",
    throw: false,
    plugins: [
      {
        name: VIRTUAL,
        setup(build) {
          build.onResolve({ filter: /./ }, ({ path }) => (source.virtual(path) === undefined ? undefined : { path, namespace: VIRTUAL }));
          build.onLoad({ filter: /./, namespace: VIRTUAL }, ({ path }) => ({ contents: source.virtual(path) ?? "", loader: "js" }));
          build.onLoad({ filter: /./, namespace: "file" }, ({ path, loader }) => {
            try {
              return { contents: source.read(path).toString(), loader };
            } catch (error) {
              refused ??= error;
              throw error;
            }
          });
        },
      },
    ],
  });
  if (refused !== undefined) throw refused;
  const [output] = outputs;
  if (!success || output === undefined) throw new ModuleError(logs.map(problemText).join("; ") || `${entry}: Bun makes nothing of it`);
  return URL.createObjectURL(new Blob([await output.text()], { type: "text/javascript" }));
}

function problemText({ message, position }: Problem): string {
  const missing = /^Could not resolve: "(.+?)"/.exec(message)?.[1];
  const isPackage = missing !== undefined && !/^[./]/.test(missing);
  const text =
    missing === undefined ? message : `Cannot find ${isPackage ? "package" : "module"} '${missing}': ${adviceForMissing(isPackage)}`;
  return position === null ? text : `${position.file}:${position.line}: ${text}`;
}
