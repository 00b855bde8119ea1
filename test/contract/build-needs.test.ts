/** The oldest systems that the executables run on, as their runtimes and koffi's addons say it themselves: no executable has to be made. */
import { beforeAll, describe, expect, test } from "vitest";
import { systemNeeds } from "../../build/elf.ts";
import { readMachO } from "../../build/mach-o.ts";
import { installRuntimes, pathOf } from "../../build/packages.ts";
import { readPortableExecutable } from "../../build/portable-executable.ts";
import { headerOf } from "../../build/system-needs.ts";
import { type Target, targets } from "../../build/targets.ts";

const onSystem = (platform: NodeJS.Platform, kind: Target["kind"]) =>
  targets.filter((target) => target.host.platform === platform && target.kind === kind);

/** Dotted numbers, the greater one last. */
const newest = (versions: readonly (string | undefined)[]) =>
  versions
    .filter((version) => version !== undefined)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1);

describe("the oldest systems, as docs/targets.md names them", () => {
  beforeAll(() => installRuntimes(targets), 300_000);

  test.for(onSystem("linux", "node"))("$name: glibc 2.28, libstdc++ of GCC 6, Linux 3.7", async ({ runtime, koffi }) => {
    const needs = await Promise.all([runtime, koffi].map((packed) => systemNeeds(pathOf(packed))));
    const versions = (family: string) => newest(needs.map((each) => each.versions.get(family)));
    expect(versions("GLIBC")).toBe("2.28");
    expect(newest([versions("GLIBCXX"), "3.4.22"])).toBe("3.4.22");
    expect(newest([...needs.map(({ kernel }) => kernel), "3.7.0"])).toBe("3.7.0");
    const libraries = needs.flatMap((each) => each.libraries.filter((name) => !name.startsWith("ld-linux")));
    const EVERYWHERE = ["libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libstdc++.so.6"];
    expect([...new Set(libraries)].sort()).toEqual(EVERYWHERE);
  });

  test.for(onSystem("linux", "bun"))("$name: musl, libstdc++ and libgcc, nothing else", async ({ runtime, koffi }) => {
    const needs = await Promise.all([runtime, koffi].map((packed) => systemNeeds(pathOf(packed))));
    const libraries = new Set(needs.flatMap((each) => each.libraries.map((name) => name.replace(/^libc\.musl-.*/, "musl"))));
    expect([...libraries].sort()).toEqual(["libgcc_s.so.1", "libstdc++.so.6", "musl"]);
    // What the compiler asks for weakly, in case somebody has it, carries the first version there was.
    expect(newest([...needs.map(({ versions }) => versions.get("GLIBC")), "2.0"])).toBe("2.0");
  });

  test.for(onSystem("win32", "node"))("$name: Windows' loader takes it since 6.0; Node itself wants 10", async ({ runtime, koffi }) => {
    for (const packed of [runtime, koffi]) expect(readPortableExecutable(await headerOf(pathOf(packed))).oldestSystem).toBe("6.0");
  });

  test.for(onSystem("darwin", "node"))("$name: macOS 13.5", async ({ runtime, koffi }) => {
    const [node, addon] = await Promise.all([runtime, koffi].map(async (packed) => readMachO(await headerOf(pathOf(packed))).oldestSystem));
    expect(node).toBe("13.5");
    expect(newest([node, addon])).toBe("13.5");
  });
});
