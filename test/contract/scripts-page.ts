/** What docs/scripts.md shows: files, each named in the line before it, and what is typed with what comes of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface PageFile {
  readonly path: string;
  readonly text: string;
}

export interface Typed {
  readonly command: string;
  /** Both streams; "…" stands for anything. */
  readonly output: string;
}

export function scriptsPage(): { readonly files: readonly PageFile[]; readonly typed: readonly Typed[]; readonly blocks: number } {
  const page = readFileSync(join(import.meta.dirname, "../../docs/scripts.md"), "utf8");
  const files: PageFile[] = [];
  const typed: Typed[] = [];
  let blocks = 0;
  for (const [, before = "", language = "", text = ""] of page.matchAll(/(?<=([^\n]*)\n\n)```(\w+)\n([\s\S]*?)^```$/gm)) {
    blocks += 1;
    const path = before.match(/`(\/etc\/lodger\/commands\/[^`]+)`/)?.[1];
    if (language === "console") typed.push(...commandsOf(text));
    else if (path !== undefined) files.push({ path, text });
  }
  return { files, typed, blocks };
}

function commandsOf(text: string): Typed[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", ...output] = part.split("\n");
      return { command, output: output.join("\n") };
    });
}

/** Whether the output is what the page shows. */
export function isShown(output: string, shown: string): boolean {
  const parts = shown.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^\\n]*")}$`).test(output);
}
