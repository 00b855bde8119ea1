/** A tree of small files in memory, for what reads /proc, /sys and /etc. */
import { posix } from "node:path";
import { type FileStatus, type Files, OsError } from "../../core/plugin.ts";
import { noSuchFile } from "./run-command.ts";

/** What a path holds: text, the target of a symbolic link, or the failure of everything that is done with it. */
export type FakeFile = string | { readonly link: string } | OsError;

/** Only what plugins do by path; the rest fails with ENOENT. */
export class FakeFiles implements Pick<Files, "readText" | "writeText" | "list" | "realPath" | "status" | "exists"> {
  /** "PATH = TEXT" in the order of writing. */
  readonly written: string[] = [];
  readonly #tree: Map<string, FakeFile>;

  /** @param tree by absolute path; folders are there because something is in them. A path that ends with "/" is an empty folder. */
  constructor(tree: Readonly<Record<string, FakeFile>>) {
    this.#tree = new Map(Object.entries(tree));
  }

  async readText(path: string): Promise<string> {
    const file = this.#tree.get(this.#resolve(path));
    if (typeof file === "string") return file;
    throw this.#failure(path, "open");
  }

  async writeText(path: string, text: string): Promise<void> {
    const real = this.#resolve(path);
    const file = this.#tree.get(real);
    if (typeof file !== "string") throw this.#failure(path, "open");
    this.#tree.set(real, text);
    this.written.push(`${path} = ${text}`);
  }

  exists(path: string): boolean {
    const real = this.#resolve(path);
    return [...this.#tree.keys()].some((one) => one === real || one.startsWith(`${real}/`));
  }

  /** Everything is root's and may be executed. */
  async status(path: string): Promise<FileStatus> {
    const file = this.#tree.get(this.#resolve(path));
    if (typeof file === "string") return { kind: "file", uid: 0, mode: 0o755 };
    await this.list(path);
    return { kind: "folder", uid: 0, mode: 0o755 };
  }

  async list(path: string): Promise<string[]> {
    const folder = `${this.#resolve(path)}/`;
    const inside = [...this.#tree.keys()].filter((one) => one.startsWith(folder));
    if (inside.length === 0) throw this.#failure(path, "opendir");
    return [...new Set(inside.map((one) => one.slice(folder.length).split("/", 1)[0] ?? ""))].filter((name) => name !== "");
  }

  async realPath(path: string): Promise<string> {
    const real = this.#resolve(path);
    if ([...this.#tree.keys()].some((one) => one === real || one.startsWith(`${real}/`))) return real;
    throw this.#failure(path, "realpath");
  }

  /** Follows the links at every component. */
  #resolve(path: string, depth = 0): string {
    if (depth > 40) throw new OsError("ELOOP", 40, "Too many levels of symbolic links", "open");
    let real = "";
    const parts = posix.normalize(path).split("/").slice(1);
    for (const [index, part] of parts.entries()) {
      if (part === "") continue;
      const here = `${real}/${part}`;
      const file = this.#tree.get(here);
      if (file instanceof OsError) throw file;
      if (typeof file === "object") {
        const rest = parts.slice(index + 1).join("/");
        return this.#resolve(posix.join(posix.resolve(real === "" ? "/" : real, file.link), rest), depth + 1);
      }
      real = here;
    }
    return real;
  }

  #failure(path: string, call: string): OsError {
    const file = this.#tree.get(path);
    return file instanceof OsError ? file : noSuchFile(call);
  }
}
