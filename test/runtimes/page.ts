/** The parts of docs/runtimes.md that are made from the tables. */
import { LIMITS, type Limit } from "./limit.ts";
import { CI_PROJECTS } from "./parts.ts";
import type { Runtime } from "./runtime.ts";

const NAMES: readonly (readonly [Runtime, string])[] = [
  ["bun", "Bun"],
  ["deno", "Deno"],
];

/** Section name in the page's marks, and its text. */
export const sections: Readonly<Record<string, string>> = {
  limits: NAMES.map(limitsOf).join("\n\n"),
  ci: `${CI_PROJECTS.join(", ")} tests.`,
};

/** @returns the page with each section between its marks replaced. */
export function withSections(page: string): string {
  return Object.entries(sections).reduce((text, [name, section]) => {
    const marks = new RegExp(`(<!-- ${name}:[^>]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!marks.test(text)) throw new Error(`the page has no section '${name}'`);
    return text.replace(marks, (_, before: string, after: string) => `${before}\n${section}\n${after}`);
  }, page);
}

function limitsOf([runtime, name]: readonly [Runtime, string]): string {
  const limits = LIMITS[runtime];
  const forUsers = limits.filter(({ cannot }) => cannot !== undefined);
  const ofTests = limits.filter(({ cannot }) => cannot === undefined);
  return [
    `### What ${name} can't do`,
    forUsers.map((limit) => `- **${limit.cannot}** ${why(limit)}\n${shownBy(limit)}`).join("\n"),
    `Only the tests meet these on ${name}:`,
    ofTests.map((limit) => `- ${why(limit)}\n${shownBy(limit)}`).join("\n"),
  ].join("\n\n");
}

function why({ why: reason, upstream }: Limit): string {
  return upstream === undefined ? reason : `${reason} (upstream: \`${upstream.replace("https://", "")}\`)`;
}

function shownBy(limit: Limit): string {
  return Object.entries(limit.shownBy)
    .map(([file, tests]) => `  - \`${file}\`: ${tests === "not run" ? "not run" : tests.map(quoted).join("; ")}`)
    .join("\n");
}

function quoted(entry: string): string {
  return `\`\` ${entry.replace(/\*$/, "…")} \`\``;
}
