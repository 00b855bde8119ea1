import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LinuxStorage } from "../../../core/os/linux/storage.ts";

const directory = mkdtempSync("/tmp/lodger-storage-unit-");
afterAll(() => rmSync(directory, { recursive: true }));

const file = join(directory, "file");
writeFileSync(file, "no device");

const storage = new LinuxStorage();

describe("space", () => {
  it("is in bytes, as the kernel counts it", async () => {
    // one that nobody writes to meanwhile
    const { blocks, bsize } = await statfs("/dev");
    const { used, total, totalPrivileged } = await storage.space("/dev");
    expect(totalPrivileged).toBe(BigInt(blocks) * BigInt(bsize));
    expect(total).toBeLessThanOrEqual(totalPrivileged);
    expect(used).toBeLessThanOrEqual(total);
  });

  it("is none where there is nothing", async () => {
    expect(await storage.space("/proc")).toEqual({ used: 0n, total: 0n, totalPrivileged: 0n });
  });

  it("has the same answer for all who ask meanwhile", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => storage.space("/dev")));
    for (const answer of answers) expect(answer).toBe(answers[0]);
    expect(await storage.space("/dev")).not.toBe(answers[0]);
  });

  it.each([
    [join(directory, "missing"), "ENOENT", "No such file or directory"],
    [join(file, "below"), "ENOTDIR", "Not a directory"],
  ])("fails with the system's reason: %s", async (path, code, message) => {
    await expect(storage.space(path)).rejects.toMatchObject({ code, message, call: "statvfs" });
  });
});

// What can really be trimmed is so in the guest only.
describe("trim", () => {
  it("says which call failed", async () => {
    await expect(storage.trim(join(directory, "missing"), 0n)).rejects.toMatchObject({ code: "ENOENT", call: "open" });
    await expect(storage.trim("/proc", 0n)).rejects.toMatchObject({ code: "ENOTTY", call: "trim" });
  });

  it("goes on only once at a time, and again after a failure", async () => {
    const first = storage.trim("/proc", 0n);
    await expect(storage.trim("/proc", 0n)).rejects.toMatchObject({ code: "EBUSY", message: "Device or resource busy", call: "trim" });
    await expect(first).rejects.toMatchObject({ code: "ENOTTY" });
    await expect(storage.trim("/proc", 0n)).rejects.toMatchObject({ code: "ENOTTY" });
  });
});

describe("the health of what is no NVMe", () => {
  it.each([
    ["/dev/null", "ENOTTY", "ioctl"],
    [file, "ENOTTY", "ioctl"],
    [join(directory, "missing"), "ENOENT", "open"],
  ])("can't be read: %s", async (path, code, call) => {
    await expect(storage.nvmeHealth(path)).rejects.toMatchObject({ code, call });
  });
});
