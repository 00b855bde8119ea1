/** Reading and replacing a file below a home directory, step by step, as whoever runs this. */
import { execFileSync } from "node:child_process";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_HOME_FILE_BYTES } from "../../../core/os/accounts.ts";
import { readHomeFile, replaceHomeFile } from "../../../core/os/linux/home-folder.ts";
import { HomeFailure } from "../../../core/os/linux/home-request.ts";

let home: string;
let folder: string;
let file: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "lodger-home-"));
  folder = join(home, ".ssh");
  file = join(folder, "keys");
});
afterEach(() => rmSync(home, { recursive: true }));

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
const read = () => readHomeFile(home, ".ssh", "keys");
const replace = (content: string) => replaceHomeFile(home, ".ssh", "keys", Buffer.from(content));

function failureOf(step: () => unknown): { code: string; call: string } {
  try {
    step();
  } catch (error) {
    if (error instanceof HomeFailure) return { code: error.code, call: error.call };
    throw error;
  }
  throw new Error("it did not fail");
}

describe("one file in one folder", () => {
  test("is made with its folder, and both are nobody else's", () => {
    const before = process.umask(0);
    try {
      replace("a\n");
    } finally {
      process.umask(before);
    }
    expect(text(read())).toBe("a\n");
    expect(statSync(folder).mode & 0o7777).toBe(0o700);
    expect(statSync(file).mode & 0o7777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["keys"]);
  });

  test("is replaced by another file; a folder that is there stays as it is", () => {
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(file, "old", { mode: 0o644 });
    linkSync(file, join(home, "other name"));
    replace("new");
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(readFileSync(join(home, "other name"), "utf8")).toBe("old");
    expect(statSync(file).mode & 0o7777).toBe(0o600);
    expect(statSync(folder).mode & 0o7777).toBe(0o755);
    expect(readdirSync(folder)).toEqual(["keys"]);
  });

  test("what isn't there", () => {
    expect(read()).toBe(undefined);
    mkdirSync(folder);
    expect(read()).toBe(undefined);
    expect(readHomeFile(join(home, "missing"), ".ssh", "keys")).toBe(undefined);
    expect(failureOf(() => replaceHomeFile(join(home, "missing"), ".ssh", "keys", Buffer.from("a")))).toEqual({
      code: "ENOENT",
      call: "mkdir",
    });
  });

  test("a home directory may be a link, and so may what leads to it", () => {
    mkdirSync(join(home, "real/alice"), { recursive: true });
    symlinkSync("real", join(home, "link"));
    symlinkSync("alice", join(home, "real/me"));
    replaceHomeFile(join(home, "link/me"), ".ssh", "keys", Buffer.from("a"));
    expect(readFileSync(join(home, "real/alice/.ssh/keys"), "utf8")).toBe("a");
    expect(text(readHomeFile(join(home, "link/me"), ".ssh", "keys"))).toBe("a");
  });

  test.each([[""], ["relative/home"], ["."]])("the home directory %j is none", (path) => {
    expect(failureOf(() => readHomeFile(path, ".ssh", "keys")).code).toBe("no home");
    expect(failureOf(() => replaceHomeFile(path, ".ssh", "keys", Buffer.from("a"))).code).toBe("no home");
  });

  test("a link in place of the folder is not followed", () => {
    const elsewhere = join(home, "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "keys"), "not yours");
    for (const target of ["elsewhere", elsewhere, "missing", "."]) {
      symlinkSync(target, folder);
      expect(failureOf(read)).toEqual({ code: "folder is a link", call: "open" });
      expect(failureOf(() => replace("a"))).toEqual({ code: "folder is a link", call: "open" });
      rmSync(folder);
    }
    expect(readFileSync(join(elsewhere, "keys"), "utf8")).toBe("not yours");
    expect(readdirSync(home)).toEqual(["elsewhere"]);
  });

  test("a link in place of the file is not followed: it can't be read, and is replaced itself", () => {
    mkdirSync(folder);
    const target = join(home, "target");
    writeFileSync(target, "not yours");
    symlinkSync(target, file);
    expect(failureOf(read)).toEqual({ code: "file is a link", call: "open" });
    replace("new");
    expect(readFileSync(target, "utf8")).toBe("not yours");
    expect(lstatSync(file).isFile()).toBe(true);
    expect(text(read())).toBe("new");
  });

  test("what stands in the place of the folder or the file", () => {
    writeFileSync(folder, "");
    expect(failureOf(read)).toEqual({ code: "ENOTDIR", call: "open" });
    expect(failureOf(() => replace("a"))).toEqual({ code: "EEXIST", call: "mkdir" });
    rmSync(folder);
    mkdirSync(file, { recursive: true });
    expect(failureOf(read)).toEqual({ code: "EISDIR", call: "read" });
    expect(failureOf(() => replace("a"))).toEqual({ code: "EISDIR", call: "rename" });
    expect(readdirSync(folder)).toEqual(["keys"]);
  });

  test("a FIFO in place of either is not waited for", () => {
    mkdirSync(folder);
    execFileSync("mkfifo", [file]);
    expect(failureOf(read)).toEqual({ code: "no regular file", call: "read" });
    replace("a");
    expect(text(read())).toBe("a");
    rmSync(folder, { recursive: true });
    execFileSync("mkfifo", [folder]);
    expect(failureOf(read)).toEqual({ code: "ENOTDIR", call: "open" });
    expect(failureOf(() => replace("a"))).toEqual({ code: "EEXIST", call: "mkdir" });
  });

  test("sizes have a limit, which is looked at before anything is read", () => {
    mkdirSync(folder);
    writeFileSync(file, "");
    truncateSync(file, 2 ** 40);
    expect(failureOf(read)).toEqual({ code: "EFBIG", call: "read" });
    truncateSync(file, MAX_HOME_FILE_BYTES + 1);
    expect(failureOf(read)).toEqual({ code: "EFBIG", call: "read" });
    truncateSync(file, MAX_HOME_FILE_BYTES);
    expect(read()).toHaveLength(MAX_HOME_FILE_BYTES);
    expect(failureOf(() => replace("x".repeat(MAX_HOME_FILE_BYTES + 1)))).toEqual({ code: "EFBIG", call: "write" });
    replace("x".repeat(MAX_HOME_FILE_BYTES));
    expect(read()).toHaveLength(MAX_HOME_FILE_BYTES);
  });

  test("a file that has more than it says is read to its end, and not beyond the limit", () => {
    expect(statSync("/proc/self/status").size).toBe(0);
    expect(text(readHomeFile("/proc", String(process.pid), "status"))).toContain("VmRSS");
    expect(failureOf(() => readHomeFile("/", "proc", "kallsyms"))).toEqual({ code: "EFBIG", call: "read" });
  });
});
