/**
 * `npm run package`: `.deb` and `.rpm` from the executables for Linux in `dist/`. `--deb` and `--rpm` make one kind only, `--executable FILE`
 * takes another executable of this machine's kind, `--output DIR` puts the packages elsewhere, `--fast` compresses them hardly.
 * The same executables give the same packages: their times are SOURCE_DATE_EPOCH, or that of the last commit.
 */
import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { BuildFailure } from "../build/failure.ts";
import { dist, root } from "../build/paths.ts";
import { sha256 } from "../build/pins.ts";
import { run } from "../build/run.ts";
import { LODGER_VERSION } from "../core/version.ts";
import { debPackage } from "./deb.ts";
import { architectures, type PackageInput } from "./package-input.ts";
import { rpmPackage } from "./rpm.ts";

/** Where there is no history to take a time from: the first of this year's days on which a clock of any zone agrees. */
const LONG_AGO = Date.UTC(2026, 0, 2) / 1000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      deb: { type: "boolean" },
      rpm: { type: "boolean" },
      executable: { type: "string" },
      output: { type: "string", default: dist },
      fast: { type: "boolean", default: false },
    },
  });
  const from = process.env.INIT_CWD ?? process.cwd();
  const output = resolve(from, values.output);
  await fs.mkdir(output, { recursive: true });
  const seconds = await sourceTime();
  // dpkg-deb and rpmbuild take it from there
  process.env.SOURCE_DATE_EPOCH = String(seconds);
  for (const architecture of architectures) {
    const executable = values.executable === undefined ? join(dist, `lodger-${architecture.target}`) : resolve(from, values.executable);
    if (values.executable !== undefined && architecture.target !== `linux-${process.arch}`) continue;
    if (!existsSync(executable)) {
      if (architecture.target === `linux-${process.arch}`) throw new BuildFailure(`there is no ${executable}: 'npm run build' makes it`);
      continue;
    }
    const legal = join(dist, "lodger.cjs.LEGAL.txt");
    const input: PackageInput = { version: LODGER_VERSION, architecture, executable, legal, seconds, output, fast: values.fast };
    if (values.deb || !values.rpm) await made(input, debPackage);
    if (values.rpm || !values.deb) await made(input, rpmPackage);
  }
}

async function made(input: PackageInput, make: (input: PackageInput, work: string) => Promise<string>): Promise<void> {
  const work = await fs.mkdtemp(join(tmpdir(), "lodger-package-"));
  try {
    const file = await make(input, work);
    const { size } = await fs.stat(file);
    console.log(`${file}\n  ${(size / 1e6).toFixed(1)} MB, sha256 ${await sha256(file)}`);
  } finally {
    await fs.rm(work, { recursive: true, force: true });
  }
}

async function sourceTime(): Promise<number> {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined) {
    if (!/^\d+$/.test(given)) throw new BuildFailure(`SOURCE_DATE_EPOCH is '${given}': it has to be a number of seconds`);
    return Number(given);
  }
  return run("git", ["-C", root, "log", "-1", "--format=%ct"], "git").then(Number, () => LONG_AGO);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BuildFailure)) throw error;
  console.error(`package: ${error.message}`);
  process.exitCode = 1;
}
