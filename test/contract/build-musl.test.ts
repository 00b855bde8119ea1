/** The executable for systems with musl, on Debian's musl. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { executable } from "../../build/executable.ts";
import { cache } from "../../build/paths.ts";
import { sha256 } from "../../build/pins.ts";
import { targetNamed } from "../../build/targets.ts";
import { foreignExecutable } from "./foreign-executable.ts";
import { MUSL_LOADER, muslSystem } from "./musl-system.ts";

describe.skipIf(!existsSync(MUSL_LOADER) || process.arch !== "x64")("lodger-linux-x64-musl", { timeout: 300_000 }, () => {
  let folder: string;
  let source: string;
  let file: string;
  let environment: Readonly<Record<string, string>>;

  async function pack(name: string, output: string): Promise<string> {
    const target = targetNamed(name);
    if (target === undefined) throw new Error("no such target");
    return executable(target, source, output);
  }

  beforeAll(async () => {
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    environment = muslSystem(folder);
    ({ file: source } = await bundle({ outfile: join(folder, "lodger.cjs") }));
    file = await pack("linux-x64-musl", join(folder, "lodger"));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  foreignExecutable(() => ({
    program: [file],
    environment,
    version: /^lodger 0\.1\.0 \(interface [^;]+; commit [^,]+, Bun 1\.\d+\.\d+, linux-x64-musl\)\n$/,
    machine: "x86_64",
  }));

  test("the same input gives the same bytes, wherever it is built", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "lodger-elsewhere-"));
    try {
      expect(await sha256(await pack("linux-x64-musl", join(elsewhere, "another-name")))).toBe(await sha256(file));
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });
});
