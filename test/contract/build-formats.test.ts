/** What the build does to files of other systems, where nothing here can run them. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readMachO } from "../../build/mach-o.ts";
import { signAdHoc } from "../../build/mach-o-signature.ts";
import { installRuntimes, pathOf } from "../../build/packages.ts";
import { readPortableExecutable } from "../../build/portable-executable.ts";
import { targetNamed } from "../../build/targets.ts";
import { describeForWindows } from "../../build/windows-resource.ts";

const HEADER = 32;
const SEGMENT = 72;
const LINK_EDIT_AT = 0x8000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lodger-formats-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two segments, as the linker would leave them, and `tail` bytes in the last one. */
function program(tail: number): Buffer {
  const file = Buffer.alloc(LINK_EDIT_AT + tail, 0x5a);
  file.fill(0, 0, 0x400);
  for (const [index, value] of [0xfeedfacf, 0x0100000c, 0, 2, 2, 2 * SEGMENT].entries()) file.writeUInt32LE(value, index * 4);
  const segments = [
    ["__TEXT", 0, LINK_EDIT_AT],
    ["__LINKEDIT", LINK_EDIT_AT, tail],
  ] as const;
  for (const [index, [name, offset, bytes]] of segments.entries()) {
    const at = HEADER + index * SEGMENT;
    file.writeUInt32LE(0x19, at);
    file.writeUInt32LE(SEGMENT, at + 4);
    file.write(name, at + 8, "latin1");
    file.writeBigUInt64LE(BigInt(offset), at + 40);
    file.writeBigUInt64LE(BigInt(bytes), at + 48);
  }
  return file;
}

describe("the ad-hoc signature for macOS", () => {
  // Apple's `codesign --verify` and the kernel look at the same: each page's hash, and that the list says what it is of.
  test.for([1000, 4096, 10_007])("covers every page of a program with %i bytes at its end", async (tail) => {
    const path = join(folder, `program-${tail}`);
    const before = program(tail);
    writeFileSync(path, before);
    await signAdHoc(path, "lodger");
    const file = readFileSync(path);
    const { signature, segments } = readMachO(file);
    const at = signature?.offset ?? 0;
    expect(at % 16).toBe(0);
    expect(at + (signature?.bytes ?? 0)).toBe(file.length);
    const linkEdit = segments.get("__LINKEDIT");
    expect(LINK_EDIT_AT + (linkEdit?.bytes ?? 0)).toBe(file.length);
    expect(file.subarray(0x400, before.length)).toEqual(before.subarray(0x400));

    const word = (offset: number) => file.readUInt32BE(at + offset);
    expect([word(0), word(4), word(8), word(12), word(16)]).toEqual([0xfade0cc0, signature?.bytes, 1, 0, 20]);
    const directory = 20;
    expect([word(directory), word(directory + 8)]).toEqual([0xfade0c02, 0x20400]);
    const [flags, hashes, identifier, special, pages, limit] = [12, 16, 20, 24, 28, 32].map((offset) => word(directory + offset));
    expect({ flags, special, pages, limit }).toEqual({ flags: 0x20002, special: 0, pages: Math.ceil(at / 4096), limit: at });
    expect([...file.subarray(at + directory + 36, at + directory + 40)]).toEqual([32, 2, 0, 12]);
    const name = at + directory + (identifier ?? 0);
    expect(file.toString("latin1", name, name + 7)).toBe("lodger\0");
    for (let page = 0; page * 4096 < at; page += 1) {
      const hash = createHash("sha256").update(file.subarray(page * 4096, Math.min((page + 1) * 4096, at)));
      const slot = at + directory + (hashes ?? 0) + page * 32;
      expect(file.subarray(slot, slot + 32).toString("hex")).toBe(hash.digest("hex"));
    }
  });

  test("is not put where it can't be", async () => {
    const path = join(folder, "signed");
    writeFileSync(path, program(1000));
    await signAdHoc(path, "lodger");
    await expect(signAdHoc(path, "lodger")).rejects.toThrow("signed already");
    const full = program(1000);
    full[HEADER + 2 * SEGMENT + 3] = 1;
    writeFileSync(path, full);
    await expect(signAdHoc(path, "lodger")).rejects.toThrow("no room");
    writeFileSync(path, Buffer.concat([program(1000), Buffer.alloc(10)]));
    await expect(signAdHoc(path, "lodger")).rejects.toThrow("doesn't end in the segment");
  });
});

describe("what Windows shows", { timeout: 300_000 }, () => {
  test("is lodger's name and version, without Node's signature and icon; the sections stay as the loader wants them", async () => {
    const target = targetNamed("windows-x64");
    if (target === undefined) throw new Error("no such target");
    await installRuntimes([target]);
    const original = pathOf(target.runtime);
    const described = join(folder, "node.exe");
    await describeForWindows(original, described);
    const file = readFileSync(described);
    expect(readPortableExecutable(readFileSync(original)).signature).toBeGreaterThan(0);
    expect(readPortableExecutable(file).signature).toBe(0);
    const text = file.subarray(-2_000_000).toString("utf16le") + file.subarray(-2_000_001).toString("utf16le");
    for (const words of ["FileDescription", "lodger guest agent", "ProductVersion"]) expect(text).toContain(words);
    expect(text).not.toContain("Node.js JavaScript Runtime");

    const pe = file.readUInt32LE(0x3c);
    const sections = Array.from({ length: file.readUInt16LE(pe + 6) }, (_, index) => {
      const at = pe + 24 + file.readUInt16LE(pe + 20) + index * 40;
      const [size = 0, address = 0, raw = 0] = [8, 12, 16].map((offset) => file.readUInt32LE(at + offset));
      return { size, address, raw, name: file.toString("latin1", at, at + 8).replace(/\0.*$/, "") };
    });
    for (const [index, { address, size }] of sections.entries()) {
      const next = sections[index + 1];
      if (next) expect(next.address).toBe(Math.ceil((address + size) / 0x1000) * 0x1000);
    }
    const resources = sections.find(({ name }) => name === ".rsrc");
    // What is in the file beyond that postject would take for a part of another section.
    expect(resources?.raw).toBeLessThan((resources?.size ?? 0) + 0x200);
  });
});
