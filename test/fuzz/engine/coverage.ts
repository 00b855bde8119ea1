/**
 * Which code ran, from V8's own counters ("precise coverage"): no instrumentation, no native addon. A point is a block that V8 counts; it
 * is known by the file it is of and its place in what runs.
 */
import { readFileSync } from "node:fs";
import { type Profiler, Session } from "node:inspector";
import { fileURLToPath } from "node:url";

/** What is before each module in a bundle of esbuild's. */
const MODULE = /^(?:\/\/ |\s*"?)((?:core|plugins|transports|test)\/[\w./-]+\.ts)$/gm;

interface Module {
  readonly start: number;
  readonly name: string;
}

export interface Reached {
  readonly module: string;
  /** Blocks that ran, and characters of the module's functions that ran and did not. */
  readonly ran: number;
  readonly all: number;
}

export class Coverage {
  readonly #session = new Session();
  readonly #covers: readonly string[];
  readonly #root: string;
  readonly #modules = new Map<string, readonly Module[]>();
  readonly #known = new Set<string>();
  /** By script: which characters of it ran. */
  readonly #characters = new Map<string, Uint8Array>();

  /** @param covers beginnings of paths in the project. @param root the project's folder. */
  constructor(covers: readonly string[], root: string) {
    this.#covers = covers;
    this.#root = root;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** @returns the points that ran since it was last asked. */
  take(): string[] {
    const points: string[] = [];
    for (const { url, functions } of this.#scripts()) {
      for (const { ranges } of functions) {
        const [whole] = ranges;
        if (whole === undefined || !this.#isCovered(this.#moduleAt(url, whole.startOffset))) continue;
        const ran = ranges.filter(({ count }) => count > 0).map(({ startOffset, endOffset }) => `${url}:${startOffset}-${endOffset}`);
        points.push(...ran);
        if (whole.count === 0 || ran.some((point) => !this.#known.has(point))) this.#mark(url, ranges);
        for (const point of ran) this.#known.add(point);
      }
    }
    return points;
  }

  /** @returns of each module the characters in functions, and how many of them ran. */
  reached(): Reached[] {
    const modules = new Map<string, { ran: number; all: number }>();
    for (const [url, characters] of this.#characters) {
      for (let at = 0; at < characters.length; at++) {
        const state = characters[at] ?? 0;
        if (state === 0) continue;
        const name = this.#moduleAt(url, at);
        const sum = modules.get(name) ?? { ran: 0, all: 0 };
        sum.all++;
        if (state === RAN) sum.ran++;
        modules.set(name, sum);
      }
    }
    return [...modules].filter(([name]) => this.#isCovered(name)).map(([module, sum]) => ({ module, ...sum }));
  }

  stop(): void {
    this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }

  #scripts(): Profiler.ScriptCoverage[] {
    let found: Profiler.ScriptCoverage[] = [];
    // The session is of this thread, so this is called before `post` returns.
    this.#session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error) throw error;
      found = result.filter(({ url }) => this.#modulesOf(url).length > 0);
    });
    return found;
  }

  /** Inner ranges say otherwise than outer ones, and come later. */
  #mark(url: string, ranges: readonly Profiler.CoverageRange[]): void {
    let characters = this.#characters.get(url);
    if (characters === undefined) {
      characters = new Uint8Array(readFileSync(fileURLToPath(url), "utf8").length);
      this.#characters.set(url, characters);
    }
    const [whole] = ranges;
    if (whole === undefined || whole.startOffset === 0) return;
    const now = new Uint8Array(whole.endOffset - whole.startOffset);
    for (const { startOffset, endOffset, count } of ranges) {
      now.fill(count > 0 ? RAN : SEEN, startOffset - whole.startOffset, endOffset - whole.startOffset);
    }
    for (const [index, state] of now.entries()) {
      const at = whole.startOffset + index;
      characters[at] = Math.max(characters[at] ?? 0, state);
    }
  }

  #moduleAt(url: string, offset: number): string {
    const modules = this.#modulesOf(url);
    let low = 0;
    let high = modules.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((modules[middle]?.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return modules[low - 1]?.name ?? "";
  }

  #modulesOf(url: string): readonly Module[] {
    let modules = this.#modules.get(url);
    if (modules !== undefined) return modules;
    modules = [];
    if (url.startsWith("file:///")) {
      const path = fileURLToPath(url);
      const text = path.startsWith(`${this.#root}/`) && !path.includes("/node_modules/") ? readFileSync(path, "utf8") : "";
      modules = [...text.matchAll(MODULE)].map((found) => ({ start: found.index, name: found[1] ?? "" }));
      if (modules.length === 0 && text !== "") modules = [{ start: 0, name: path.slice(this.#root.length + 1) }];
    }
    this.#modules.set(url, modules);
    return modules;
  }

  #isCovered(module: string): boolean {
    return this.#covers.some((beginning) => module.startsWith(beginning));
  }
}

const SEEN = 1;
const RAN = 2;
