import * as fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { MUSL_LOADER, muslSystem } from "../../contract/musl-system.ts";
import { overrideUnit } from "../agent-unit.ts";
import { installExecutable, installFile } from "../disks.ts";
import { buildTargets } from "../foreign-builds.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { executableChecks } from "./executable.ts";

const name = "lodger-musl";
const libraries = "/usr/local/lib/musl";

/** Puts the executable for musl into a disk that has glibc, with musl and what the executable links. */
export async function installMusl(disk: string, parent: string): Promise<void> {
  const folder = await fs.mkdtemp(path.join(parent, "musl-"));
  try {
    const [executable = ""] = await buildTargets(folder, ["linux-x64-musl"]);
    await installExecutable(disk, executable, name);
    await installFile(disk, await fs.realpath(MUSL_LOADER), path.join("/usr", MUSL_LOADER));
    const system = path.join(folder, "system");
    await fs.mkdir(system);
    muslSystem(system);
    for (const file of await fs.readdir(system))
      if (file.includes(".so.")) await installFile(disk, path.join(system, file), `${libraries}/${file}`);
    const list = path.join(folder, "path");
    await fs.writeFile(list, `${libraries}\n`);
    await installFile(disk, list, "/etc/ld-musl-x86_64.path");
  } finally {
    await fs.rm(folder, { recursive: true });
  }
}

/** The executable for musl as the guest's agent: its first real port, kernel and freeze. */
export function muslChecks(guest: SharedGuest): void {
  let undo: () => Promise<void> = async () => {};
  beforeAll(async () => {
    undo = await overrideUnit(guest.machine, ["ExecStart=", `ExecStart=/usr/local/sbin/${name}`]);
  }, 90_000);
  afterAll(() => undo(), 90_000);
  executableChecks(guest, { name, version: /; commit [^,]+, Bun 1\.\d+\.\d+, linux-x64-musl\)$/, machine: "x86_64" });
}
