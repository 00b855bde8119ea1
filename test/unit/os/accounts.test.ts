/** Users as this system's C library finds them, and the file of logins. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { LinuxAccounts } from "../../../core/os/linux/accounts.ts";

const folder = mkdtempSync(join(tmpdir(), "lodger-accounts-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("finding users", () => {
  const accounts = new LinuxAccounts();

  test("those of /etc/passwd, as it has them", async () => {
    const lines = readFileSync("/etc/passwd", "utf8").trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      const [name = "", , uid, gid, , home] = line.split(":");
      expect(await accounts.find(name)).toEqual({ name, uid: Number(uid), gid: Number(gid), home });
    }
  });

  test("what is no user's name is found nowhere", async () => {
    const names = [
      "",
      "no-such-user",
      "root\0",
      "root\n",
      "root:x",
      "root:",
      "\0root",
      "0",
      "ROOT",
      "rööt",
      "\ud800",
      "r".repeat(1000),
      "r".repeat(100_000),
      "../root",
      "%s%n",
      "-u",
      "*",
    ];
    for (const name of names) expect([name, await accounts.find(name)]).toEqual([name, undefined]);
  });

  test("many at once, also of the same name", async () => {
    const found = await Promise.all(Array.from({ length: 50 }, (_, index) => accounts.find(index % 2 === 0 ? "root" : "no-such-user")));
    expect(found.filter((account) => account?.uid === 0)).toHaveLength(25);
    expect(found.filter((account) => account === undefined)).toHaveLength(25);
    expect((await accounts.find("root"))?.home).toBe("/root");
  });
});

describe("the record of logins", () => {
  test("a system that has none", async () => {
    expect(await new LinuxAccounts(join(folder, "missing")).sessions()).toEqual([]);
    writeFileSync(join(folder, "file"), "");
    expect(await new LinuxAccounts(join(folder, "file", "utmp")).sessions()).toEqual([]);
  });

  test("is read with the layout of the architecture", async () => {
    const path = join(folder, "utmp");
    const record = Buffer.alloc(384);
    record.writeInt16LE(7, 0);
    record.write("alice", 44);
    record.writeUInt32LE(1_700_000_000, 340);
    writeFileSync(path, Buffer.concat([record, record.subarray(0, 100)]));
    expect(await new LinuxAccounts(path, "x64").sessions()).toEqual([{ user: "alice", loginTime: 1_700_000_000 }]);
  });

  test("what is no file of records is an error", async () => {
    const path = join(folder, "directory");
    mkdirSync(path);
    await expect(new LinuxAccounts(path).sessions()).rejects.toThrow("Is a directory");
    const large = join(folder, "large");
    writeFileSync(large, Buffer.alloc(17 * 1024 * 1024));
    await expect(new LinuxAccounts(large).sessions()).rejects.toMatchObject({ code: "EFBIG" });
  });
});
