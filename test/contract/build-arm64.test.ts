/** The executable for arm64 under an emulator of its processor, with the C library of Debian's cross compilers. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { executable } from "../../build/executable.ts";
import { cache } from "../../build/paths.ts";
import { targetNamed } from "../../build/targets.ts";
import { foreignExecutable } from "./foreign-executable.ts";

const EMULATOR = "/usr/bin/qemu-aarch64-static";
const SYSTEM = "/usr/aarch64-linux-gnu";
const STRIP = "/usr/bin/aarch64-linux-gnu-strip";

// On Debian: qemu-user-static, libc6-arm64-cross, libstdc++6-arm64-cross and binutils-aarch64-linux-gnu.
describe.skipIf(![EMULATOR, `${SYSTEM}/lib/libstdc++.so.6`, STRIP].every(existsSync))("lodger-linux-arm64", { timeout: 300_000 }, () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    const target = targetNamed("linux-arm64");
    if (target === undefined) throw new Error("no such target");
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    const { file: source } = await bundle({ outfile: join(folder, "lodger.cjs") });
    file = await executable(target, source, join(folder, "lodger"));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  foreignExecutable(() => ({
    program: [EMULATOR, file],
    environment: { QEMU_LD_PREFIX: SYSTEM },
    version: /^lodger 0\.1\.0 \(interface [^;]+; commit [^,]+, Node 24\.\d+\.\d+, linux-arm64\)\n$/,
    machine: "aarch64",
  }));
});
