/** The soak in short: that it works, finds nothing in the agent, and does find what leaks. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache, root } from "../../build/paths.ts";
import { growthOf } from "../soak/growth.ts";

let folder: string;
let built: string;
let program: string;

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  built = mkdtempSync(join(cache, "test-"));
  program = (await bundle({ outfile: join(built, "lodger.cjs") })).file;
  folder = mkdtempSync(join(tmpdir(), "lodger-soak-test-"));
}, 60_000);
afterAll(() => {
  for (const path of [folder, built]) rmSync(path, { recursive: true, force: true });
});

function soak(...options: readonly string[]) {
  const args = ["--disable-warning=ExperimentalWarning", join(root, "test/soak/soak.ts"), "--quick", "--program", program, ...options];
  return spawnSync(process.execPath, args, { encoding: "utf8", timeout: 110_000 });
}

test("a short run: nothing grows, and there are samples and a plot", { timeout: 120_000 }, () => {
  const { status, stdout, stderr } = soak("--into", folder);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const phase of ["guest-info", "files", "exec", "connections", "reloads"]) expect(stdout).toContain(`| ${phase} |`);
  const { courses } = JSON.parse(readFileSync(join(folder, "soak.json"), "utf8"));
  expect(courses).toHaveLength(5);
  expect(readFileSync(join(folder, "soak-memory.svg"), "utf8")).toMatch(/^<svg .*private dirty.*<\/svg>\n$/s);
});

test("an agent that leaks descriptors and memory is found out", { timeout: 120_000 }, () => {
  const plugin = join(folder, "leaks.mjs");
  writeFileSync(
    plugin,
    `import { openSync } from "node:fs"; import { definePlugin } from "lodger/plugin"; const kept = [];
     setInterval(() => { kept.push(Buffer.alloc(1_000_000, 1)); openSync("/dev/null"); }, 5);
     export default definePlugin({ name: "leaks" });`,
    { mode: 0o644 },
  );
  const { status, stderr } = soak("--into", folder, "--phase", "files", "--plugin", plugin);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^files: resident MB grows/m);
  expect(stderr).toMatch(/^files: descriptors grows/m);
});

describe("growth", () => {
  const series = (value: (i: number) => number) => Array.from({ length: 60 }, (_, i) => value(i));
  const saw = (i: number) => (i % 7) * 3;

  test.each<[string, (i: number) => number, boolean]>([
    ["a flat line", () => 40, false],
    ["a collector's saw", saw, false],
    ["a steady rise", (i) => i / 10, true],
    ["a rise under a saw", (i) => saw(i) + i / 2, true],
    ["a step near the end, once", (i) => (i > 52 ? 52 : 40), false],
    ["a rise that ends in the first half", (i) => Math.min(i, 14) * 3, false],
    ["a few outliers at the end", (i) => (i > 55 ? 500 : 40), false],
  ])("%s", (_what, value, grows) => {
    expect(growthOf(series(value), 1).grows).toBe(grows);
  });
});
