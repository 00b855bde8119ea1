/** A page of documentation as steps: files to write, commands to type, and what they print. */

export type Step =
  | { readonly kind: "file"; readonly path: string; readonly text: string; readonly line: number }
  | { readonly kind: "command"; readonly command: string; readonly printed: readonly string[]; readonly line: number };

const FENCE = /^```(\w+)(?: file=(\S+))?$/;

/** Fences of languages with `file=PATH` are files; those of "console" are commands behind `$ `, with their output. Others are none of it. */
export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  const lines = page.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const [, language, path] = FENCE.exec(lines[at] ?? "") ?? [];
    if (language === undefined) continue;
    const line = at + 1;
    const end = lines.indexOf("```", line);
    const body = lines.slice(line, end);
    if (path !== undefined) steps.push({ kind: "file", path, text: `${body.join("\n")}\n`, line });
    else if (language === "console") steps.push(...commandsIn(body, line));
    else throw new Error(`line ${line}: an example that nothing runs: say file=PATH, or make it console`);
    at = end;
  }
  return steps;
}

function commandsIn(body: readonly string[], first: number): Step[] {
  const steps: { kind: "command"; command: string; printed: string[]; line: number }[] = [];
  for (const [index, text] of body.entries()) {
    if (text.startsWith("$ ")) steps.push({ kind: "command", command: text.slice(2), printed: [], line: first + index + 1 });
    else steps.at(-1)?.printed.push(text);
  }
  return steps;
}

/** @param expected `…` stands for anything in a line; alone in a line, for any lines. */
export function isPrinted(expected: readonly string[], printed: string): boolean {
  const source = expected.map((line) => (line === "…" ? "(?:.*\\n)*?" : `${line.split("…").map(escaped).join(".*?")}\\n`)).join("");
  return new RegExp(`^${source}$`).test(printed);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
