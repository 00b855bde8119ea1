/** Paths and patterns by which clients and admins name mount points. */

/**
 * A path names a mount point if both are the same but for repeated slashes and one at the end. Nothing else is resolved: no link, no "..".
 * @param paths as a client or admin wrote them.
 */
export class Paths {
  readonly #paths: ReadonlySet<string>;

  constructor(paths: readonly string[]) {
    this.#paths = new Set(paths.map(spelledPlainly));
  }

  has(mountPoint: string): boolean {
    return this.#paths.has(mountPoint);
  }
}

/**
 * The admin's exclusions. In a pattern, `*` stands for any characters but "/", `**` for any characters, `?` for one but "/"; everything
 * else stands for itself.
 *
 * A path excludes the file system that has it as any of its mount points. Patterns exclude one only if they match all of them: a node of
 * Kubernetes has files of its root file system mounted below /var/lib/kubelet, and a pattern for the volumes there isn't meant for "/".
 */
export class Exclusions {
  readonly #rules: readonly Rule[];

  constructor(texts: readonly string[]) {
    this.#rules = texts.map((text) => ({ text, path: new Paths([text]), pattern: /[*?]/.test(text) ? new Pattern(text) : undefined }));
  }

  /** @returns the rule that excludes the file system with these mount points, if one does; of several patterns that of its first. */
  ruleFor(mountPoints: readonly string[]): string | undefined {
    const exact = this.#rules.find(({ path }) => mountPoints.some((name) => path.has(name)));
    if (exact !== undefined) return exact.text;
    const matching = mountPoints.map((name) => this.#rules.find(({ pattern }) => pattern?.matches(name)));
    return matching.includes(undefined) ? undefined : matching[0]?.text;
  }
}

interface Rule {
  readonly text: string;
  readonly path: Paths;
  /** Without it the rule is a path only. */
  readonly pattern: Pattern | undefined;
}

/** Takes at most the product of both lengths in steps, whatever is in them: a regular expression takes for ever for some, or is refused. */
class Pattern {
  /** Characters, and stars: one or several. */
  readonly #parts: readonly string[];

  constructor(text: string) {
    this.#parts = spelledPlainly(text).match(/\*{2,}|./gsu) ?? [];
  }

  matches(name: string): boolean {
    let reached = this.#withStars([0]);
    for (const character of name) {
      const next = new Set<number>();
      for (const at of reached) {
        const part = this.#parts[at] ?? "";
        const isStar = part.startsWith("*");
        const fits = isStar || part === "?" ? character !== "/" || part.startsWith("**") : part === character;
        if (fits) next.add(isStar ? at : at + 1);
      }
      reached = this.#withStars(next);
    }
    return reached.has(this.#parts.length);
  }

  /** A star also stands for nothing. */
  #withStars(places: Iterable<number>): ReadonlySet<number> {
    const all = new Set(places);
    for (const at of all) if (this.#parts[at]?.startsWith("*")) all.add(at + 1);
    return all;
  }
}

function spelledPlainly(path: string): string {
  const single = path.replace(/\/{2,}/g, "/");
  return single.length > 1 && single.endsWith("/") ? single.slice(0, -1) : single;
}
