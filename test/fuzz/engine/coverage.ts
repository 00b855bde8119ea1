/**
 * Which code ran, from V8's own counters ("precise coverage"): no instrumentation, no native addon. V8 leaves out a block that ran as often
 * as what is around it, so what counts is each character of the code.
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

interface Script {
  readonly modules: readonly Module[];
  /** By character: what is known of it since the last look, and since the beginning. */
  readonly now: Uint8Array;
  readonly ever: Uint8Array;
}

/** Where a stretch of code begins. */
export interface Point {
  readonly script: Script;
  readonly at: number;
}

export interface Reached {
  readonly module: string;
  /** Characters of the module's functions, and how many of them ran. */
  readonly all: number;
  readonly ran: number;
}

const IDLE = 1;
const RAN = 2;

export class Coverage {
  readonly #session = new Session();
  readonly #covers: readonly string[];
  readonly #root: string;
  readonly #scripts = new Map<string, Script | undefined>();
  /** Functions of the last look: script, first character, and the one behind the last. */
  #functions: (readonly [Script, number, number])[] = [];

  /** @param covers beginnings of paths in the project. @param root the project's folder. */
  constructor(covers: readonly string[], root: string) {
    this.#covers = covers;
    this.#root = root;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Looks at what ran since it was last called. @returns where code ran that had never run. */
  take(): Point[] {
    for (const [{ now }, start, end] of this.#functions) now.fill(0, start, end);
    this.#functions = [];
    // The session is of this thread, so this is called before `post` returns.
    this.#session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error) throw error;
      for (const { url, functions } of result) {
        const script = this.#script(url);
        if (script !== undefined) for (const { ranges } of functions) this.#paint(script, ranges);
      }
    });
    return this.#functions.flatMap(([script, start, end]) => fresh(script, start, end));
  }

  /** Whether it ran between the last two looks. */
  ran({ script, at }: Point): boolean {
    return script.now[at] === RAN;
  }

  reached(): Reached[] {
    const modules = new Map<string, { ran: number; all: number }>();
    for (const script of this.#scripts.values()) {
      for (const [at, state] of script?.ever.entries() ?? []) {
        if (state === 0 || script === undefined) continue;
        const name = moduleAt(script, at);
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

  /** Outer functions and ranges come before the inner ones, which know better. */
  #paint(script: Script, ranges: readonly Profiler.CoverageRange[]): void {
    const [whole] = ranges;
    // What begins at 0 is all of the script.
    if (whole === undefined || whole.startOffset === 0 || !this.#isCovered(moduleAt(script, whole.startOffset))) return;
    for (const { startOffset, endOffset, count } of ranges) script.now.fill(count > 0 ? RAN : IDLE, startOffset, endOffset);
    this.#functions.push([script, whole.startOffset, whole.endOffset]);
  }

  #script(url: string): Script | undefined {
    if (this.#scripts.has(url)) return this.#scripts.get(url);
    const path = url.startsWith("file:///") ? fileURLToPath(url) : url;
    const isOurs = path.startsWith(`${this.#root}/`) && !path.includes("/node_modules/");
    let script: Script | undefined;
    if (isOurs) {
      const text = readFileSync(path, "utf8");
      const found = [...text.matchAll(MODULE)].map(({ index, 1: name = "" }) => ({ start: index, name }));
      const modules = found.length > 0 ? found : [{ start: 0, name: path.slice(this.#root.length + 1) }];
      // What runs may be longer than the file, where something has compiled it.
      const length = text.length * 2 + 10_000;
      if (modules.some(({ name }) => this.#isCovered(name)))
        script = { modules, now: new Uint8Array(length), ever: new Uint8Array(length) };
    }
    this.#scripts.set(url, script);
    return script;
  }

  #isCovered(module: string): boolean {
    return this.#covers.some((beginning) => module.startsWith(beginning));
  }
}

function fresh(script: Script, start: number, end: number): Point[] {
  const { now, ever } = script;
  const points: Point[] = [];
  let isInside = false;
  for (let at = start; at < end; at++) {
    const state = now[at] ?? 0;
    const isFresh = state === RAN && ever[at] !== RAN;
    if (isFresh && !isInside) points.push({ script, at });
    isInside = isFresh;
    if (state > (ever[at] ?? 0)) ever[at] = state;
  }
  return points;
}

function moduleAt({ modules }: Script, offset: number): string {
  let low = 0;
  let high = modules.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((modules[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return modules[low - 1]?.name ?? "";
}
