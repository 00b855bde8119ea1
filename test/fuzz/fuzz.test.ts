/** The fuzzer finds what is planted, what once failed stays mended, and a bounded run with a fixed seed finds nothing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Coverage } from "./engine/coverage.ts";
import { type Found, fuzz } from "./engine/fuzz.ts";
import { generated } from "./engine/grammar.ts";
import { minimised } from "./engine/minimise.ts";
import { Random } from "./engine/random.ts";
import type { Target } from "./engine/target.ts";
import { planted } from "./planted.ts";

const ROOT = join(import.meta.dirname, "../..");

const PLANTED: Target = {
  name: "planted",
  covers: ["test/fuzz/planted.ts"],
  seeds: ["a"],
  bounded: 30_000,
  run: (input) => {
    planted(input.toString("latin1"));
    return undefined;
  },
};

describe("the engine", () => {
  const coverage = new Coverage(PLANTED.covers, ROOT);
  afterAll(() => coverage.stop());
  const search = (seed: number, guide: Coverage | undefined): Promise<Found> =>
    fuzz({ ...PLANTED, maxBytes: 64 }, { seed, limits: { executions: PLANTED.bounded }, coverage: guide });

  test("coverage leads it to a fault, which it makes small", async () => {
    const { failures } = await search(3, coverage);
    expect(failures.map(({ signature }) => signature)).toEqual(["Error: planted: a step too far in planted"]);
    expect(failures[0]?.input.toString("latin1")).toBe("((<!3");
  });

  test("without coverage it doesn't get there", async () => {
    const { failures, points } = await search(3, undefined);
    expect(failures).toEqual([]);
    expect(points).toBe(0);
  });

  test("it knows how much of the code ran", () => {
    const [planted] = coverage.reached();
    expect(planted?.module).toBe("test/fuzz/planted.ts");
    expect(planted?.ran).toBeGreaterThan(0.9 * (planted?.all ?? 1));
  });

  test("a failing input is made as small as it gets", async () => {
    const small = await minimised(Buffer.from("hello (world) and {more} of it"), async (input) => /\(.*\}/.test(input.toString()));
    expect(small.toString()).toBe("(}");
  });

  test("a grammar without an end ends, and a seed repeats it", () => {
    const grammar = { start: ["(<start><start>)", "<start>x<start>", "y"] };
    const texts = [1, 1, 2].map((seed) => generated(grammar, new Random(seed)));
    expect(texts[0]).toBe(texts[1]);
    for (let seed = 0; seed < 50; seed++) expect(generated(grammar, new Random(seed)).length).toBeLessThan(1_000_000);
  });
});

test("everything that takes bytes from elsewhere", { timeout: 300_000 }, async () => {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(ROOT, "test/fuzz/main.ts"), "--bounded", "--seed", "1"],
    {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (printed += chunk));
  const [status] = await once(child, "close");
  console.log(printed);
  expect(status, printed).toBe(0);
});
