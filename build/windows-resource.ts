/** What Windows shows of an executable: its name, its version, whose it is. Before the program is put in, because that rewrites sections. */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LODGER_VERSION } from "../core/version.ts";
import { runtimes } from "./paths.ts";

/** The part of resedit that is used: it is installed with the runtimes only, so the compiler has not got its types. */
interface ResEdit {
  readonly NtExecutable: { from(bytes: Buffer, options: { ignoreCert: boolean }): Executable };
  readonly NtExecutableResource: { from(executable: Executable): Resources };
  readonly Resource: { readonly VersionInfo: { create(info: object): VersionInfo } };
}
interface Executable {
  generate(): ArrayBuffer;
}
interface Resources {
  entries: { readonly type: number | string }[];
  outputResource(executable: Executable, noGrow: boolean, allowShrink: boolean): void;
}
interface VersionInfo {
  outputToResourceEntries(entries: Resources["entries"]): void;
}

const RT_ICON = 3;
const RT_GROUP_ICON = 14;
const RT_VERSION = 16;

const ENGLISH = 0x0409;
const UNICODE = 1200;

const STRINGS = {
  CompanyName: "The lodger maintainers",
  FileDescription: "lodger guest agent",
  FileVersion: LODGER_VERSION,
  InternalName: "lodger",
  LegalCopyright: "Apache License 2.0; the runtime in it: Node.js and its contributors, MIT",
  OriginalFilename: "lodger.exe",
  ProductName: "lodger",
  ProductVersion: LODGER_VERSION,
} as const;

/** Changes with what is written. */
export const WINDOWS_DESCRIPTION = createHash("sha256").update(JSON.stringify(STRINGS)).digest("hex").slice(0, 8);

/** Writes a copy of `original` that describes itself as lodger, without the signature and the icon of what it was. */
export async function describeForWindows(original: string, output: string): Promise<void> {
  const resedit: ResEdit = await import(pathToFileURL(join(runtimes, "node_modules/resedit/dist/index.js")).href);
  // A signature of other bytes is worse than none: Windows and virus scanners call the file tampered with.
  const executable = resedit.NtExecutable.from(await readFile(original), { ignoreCert: true });
  const resources = resedit.NtExecutableResource.from(executable);
  const OTHERS = new Set<number | string>([RT_ICON, RT_GROUP_ICON, RT_VERSION]);
  resources.entries = resources.entries.filter(({ type }) => !OTHERS.has(type));
  const [major = 0, minor = 0, patch = 0] = LODGER_VERSION.split(".").map(Number);
  const version = { fileVersionMS: (major << 16) | minor, fileVersionLS: patch << 16 };
  const VOS_NT_WINDOWS32 = 0x40004;
  const VFT_APP = 1;
  resedit.Resource.VersionInfo.create({
    lang: ENGLISH,
    fixedInfo: {
      ...version,
      productVersionMS: version.fileVersionMS,
      productVersionLS: version.fileVersionLS,
      fileFlagsMask: 0x3f,
      fileOS: VOS_NT_WINDOWS32,
      fileType: VFT_APP,
    },
    strings: [{ lang: ENGLISH, codepage: UNICODE, values: STRINGS }],
  }).outputToResourceEntries(resources.entries);
  // Shrunk in the file too: postject takes what a section has there beyond its size in memory for a part of the next.
  resources.outputResource(executable, false, true);
  await writeFile(output, Buffer.from(executable.generate()));
}
