/** Where paths lead, as far as somebody has looked: rules are decided without waiting, and what they lacked is looked up between. */
import type { Files } from "../os/ports.ts";

export class Places {
  readonly #known = new Map<string, string | undefined>();
  readonly #missing = new Set<string>();

  /** Whether something was asked for that nobody has looked up: what came of it says nothing. */
  get incomplete(): boolean {
    return this.#missing.size > 0;
  }

  /** The path without links; undefined where it can't be told, or isn't known yet. */
  at(path: string): string | undefined {
    if (!this.#known.has(path)) this.#missing.add(path);
    return this.#known.get(path);
  }

  /** Looks up what was asked for. Never rejects. */
  async lookUp(files: Pick<Files, "resolve">): Promise<void> {
    const paths = [...this.#missing];
    this.#missing.clear();
    await Promise.all(paths.map(async (path) => this.#known.set(path, await resolved(files, path))));
  }
}

/** What can't be resolved, for whatever reason, is nowhere. */
async function resolved(files: Pick<Files, "resolve">, path: string): Promise<string | undefined> {
  if (path === "" || path.includes("\0")) return undefined;
  try {
    return await files.resolve(path);
  } catch {
    return undefined;
  }
}

/** The folder that a path names its last part in; "" for a name alone. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return "";
  return path.slice(0, slash).replace(/\/+$/, "") || "/";
}

/** The last part of a path: "" behind a trailing slash. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
