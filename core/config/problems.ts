/** What is wrong with what an admin wrote: everything at once, each with its place. */
import { StartError } from "./start-error.ts";

/** Where something was written. */
export interface Origin {
  /** A path, or words: "the command line". */
  readonly file: string;
  /** From 1; undefined where there are no lines. */
  readonly line?: number;
}

export interface Problem {
  readonly origin: Origin;
  /** What is wrong, and what to write instead. */
  readonly text: string;
  /** A warning leaves the rest in force; an error refuses all of it. */
  readonly severity: "error" | "warning";
}

export function originText({ file, line }: Origin): string {
  return line === undefined ? file : `${file}:${line}`;
}

export function problemText({ origin, text, severity }: Problem): string {
  return `${originText(origin)}: ${severity === "warning" ? "warning: " : ""}${text}`;
}

/** Collects problems while something is read, so that all of them can be told. */
export class Problems {
  readonly list: Problem[] = [];

  error(origin: Origin, text: string): void {
    this.list.push({ origin, text, severity: "error" });
  }

  warning(origin: Origin, text: string): void {
    this.list.push({ origin, text, severity: "warning" });
  }

  get errors(): readonly Problem[] {
    return this.list.filter(({ severity }) => severity === "error");
  }

  get warnings(): readonly Problem[] {
    return this.list.filter(({ severity }) => severity === "warning");
  }

  /** @throws StartError with a line for each error, if there are any. */
  refuse(): void {
    const { errors } = this;
    if (errors.length > 0) throw new StartError(errors.map(problemText));
  }
}
