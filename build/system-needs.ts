/** What an executable needs of the system that it runs on, read from its own header. */
import { open } from "node:fs/promises";
import { systemNeeds } from "./elf.ts";
import { readMachO } from "./mach-o.ts";
import { readPortableExecutable } from "./portable-executable.ts";
import type { Target } from "./targets.ts";

/** @returns lines for a person. @param file the executable, or the runtime that it is made from. */
export async function needsOf(target: Target, file: string): Promise<readonly string[]> {
  switch (target.host.platform) {
    case "win32":
      return [`needs Windows ${readPortableExecutable(await headerOf(file)).oldestSystem} (by its header)`];
    case "darwin":
      return [
        `needs macOS ${readMachO(await headerOf(file)).oldestSystem}`,
        "signed ad hoc, which is enough for macOS to run it but says nothing of who made it: `codesign` on a Mac can sign it anew",
      ];
    default: {
      const { libraries, versions, kernel } = await systemNeeds(file);
      const oldest = [...versions].map(([family, version]) => `${family} ${version}`);
      if (kernel !== undefined) oldest.push(`Linux ${kernel}`);
      return [...(oldest.length > 0 ? [`needs ${oldest.join(", ")}`] : []), `links ${libraries.join(", ")}`];
    }
  }
}

const HEADER_BYTES = 64 * 1024;

/** What the readers of headers need of a file. */
export async function headerOf(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await handle.read(header, 0, HEADER_BYTES, 0);
    return header.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
