/** What is taken as the audit's file, and what is refused. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAuditFile } from "../../../core/audit/open-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lodger-audit-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, "log", "audit.jsonl");

const refused: readonly (readonly [what: string, prepare: () => void, says: RegExp])[] = [
  [
    "a folder that others may write to",
    () => chmodSync(join(folder, "log"), 0o777),
    /log: others than its owner may write to it: 'chmod go-w/,
  ],
  ["a folder above that others may write to", () => chmodSync(folder, 0o722), /others than its owner may write/],
  ["a link", () => symlinkSync("/etc/hostname", file()), /audit\.jsonl: this is a symbolic link: name the file itself/],
  ["a link to nothing", () => symlinkSync(join(folder, "new"), file()), /this is a symbolic link/],
  ["a folder", () => mkdirSync(file()), /it can't be opened: Is a directory/],
  ["a FIFO", () => execFileSync("mkfifo", [file()]), /this is no regular file/],
  [
    "a file that others may write to",
    () => {
      writeFileSync(file(), "");
      chmodSync(file(), 0o666);
    },
    /audit\.jsonl: others than its owner may write/,
  ],
  [
    "a folder two levels of which are missing",
    () => rmSync(join(folder), { recursive: true }),
    /log: this folder is missing and can't be made: No such file or directory; make it/,
  ],
];

describe("the audit's file", () => {
  it.each(refused)("is refused if it is, or is in, %s", (_, prepare, says) => {
    mkdirSync(join(folder, "log"));
    prepare();
    expect(() => openAuditFile(file())).toThrow(says);
    if (!statSync(folder, { throwIfNoEntry: false })) mkdirSync(folder);
  });

  it("is made with its folder, for root alone", () => {
    closeSync(openAuditFile(file()).fd);
    expect([join(folder, "log"), file()].map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual(["700", "600"]);
  });

  it("may be readable by others, and in a folder that a link leads to", () => {
    mkdirSync(join(folder, "real"));
    symlinkSync("real", join(folder, "log"));
    writeFileSync(file(), "");
    chmodSync(file(), 0o644);
    linkSync(file(), join(folder, "again"));
    closeSync(openAuditFile(file()).fd);
  });

  it("has the half line ended that a crash has left", () => {
    mkdirSync(join(folder, "log"));
    for (const before of ["", "{}\n", '{}\n{"a']) {
      writeFileSync(file(), before);
      closeSync(openAuditFile(file()).fd);
      expect(readFileSync(file(), "utf8")).toBe(before.endsWith("a") ? `${before}\n` : before);
    }
  });
});
