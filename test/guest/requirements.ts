import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { MUSL_LOADER } from "../contract/musl-system.ts";

export const repository = path.resolve(import.meta.dirname, "..", "..");

/** The agent under test. qemu-ga can stand in, to see what the tests say about it. */
export const executable = path.resolve(repository, process.env.LODGER_EXECUTABLE ?? "dist/lodger-linux-x64");

/** What makes images, with the Debian packages. */
const programs = { mmdebstrap: "mmdebstrap", "mkfs.xfs": "xfsprogs", debugfs: "e2fsprogs" };

/** What this machine lacks to run the guest; empty when it can. */
export function missingRequirements(agent = executable): string[] {
  const missing = missingPrograms({ "qemu-system-x86_64": "qemu-system-x86", ...programs, mkswap: "util-linux" });
  if (!existsSync(MUSL_LOADER)) missing.push(`${MUSL_LOADER} (package musl)`);
  if (!existsSync(agent)) missing.push(`the executable ${agent} (npm run build, or LODGER_EXECUTABLE)`);
  return missing;
}

/** The same for the guest with an arm64 processor. */
export function missingForArm64(): string[] {
  const binutils = "binutils-aarch64-linux-gnu";
  return missingPrograms({
    "qemu-system-aarch64": "qemu-system-arm",
    ...programs,
    depmod: "kmod",
    "aarch64-linux-gnu-strip": binutils,
    "aarch64-linux-gnu-as": binutils,
  });
}

function missingPrograms(needed: Readonly<Record<string, string>>): string[] {
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push("root (mmdebstrap makes a root file system with its owners)");
  for (const [program, debianPackage] of Object.entries(needed)) {
    if (!onPath(program)) missing.push(`${program} (package ${debianPackage})`);
  }
  return missing;
}

/** For `describe.skipIf`: says the reason and skips; in CI, where nothing may be skipped, it throws. */
export function skipReason(missing = missingRequirements()): string | undefined {
  if (missing.length === 0) return undefined;
  const reason = `the guest test cannot run here, it lacks: ${missing.join("; ")}`;
  if (process.env.CI === "true") throw new Error(reason);
  console.log(`skipped: ${reason}`);
  return reason;
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(":").some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
