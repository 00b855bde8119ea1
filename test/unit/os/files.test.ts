import { execFileSync } from "node:child_process";
import { constants, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LinuxFiles } from "../../../core/os/linux/files.ts";

const files = new LinuxFiles();
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-files-"));
  path = join(directory, "file");
});

afterEach(() => rmSync(directory, { recursive: true }));

test("reads and writes at the descriptor's own position", async () => {
  const fd = await files.open(path, constants.O_RDWR | constants.O_CREAT, 0o640);
  expect(await files.write(fd, Buffer.from("..hello.."), 2, 5)).toBe(5);
  expect(await files.seek(fd, 1, "set")).toBe(1);
  const into = Buffer.alloc(10, "-");
  expect(await files.read(fd, into, 3, 2)).toBe(2);
  expect(await files.read(fd, into, 5, 5)).toBe(2);
  expect(into.toString()).toBe("---ello---");
  expect(await files.read(fd, into, 0, 5)).toBe(0);
  expect(await files.size(fd)).toBe(5);
  await files.setMode(fd, 0o666);
  expect(statSync(path).mode & 0o777).toBe(0o666);
  await files.close(fd);
  await expect(files.close(fd)).rejects.toMatchObject({ code: "EBADF", message: "Bad file descriptor", call: "close" });
});

test("seeks as C does, over the whole range", async () => {
  writeFileSync(path, "0123456789");
  const fd = await files.open(path, constants.O_RDONLY);
  expect(await files.seek(fd, -3, "end")).toBe(7);
  expect(await files.seek(fd, 2, "cur")).toBe(9);
  expect(await files.seek(fd, -9n, "cur")).toBe(0);
  await expect(files.seek(fd, -1, "set")).rejects.toMatchObject({ code: "EINVAL", message: "Invalid argument", call: "lseek" });
  await expect(files.seek(fd, -11, "end")).rejects.toMatchObject({ code: "EINVAL" });
  await expect(files.seek(fd, 2n ** 63n - 1n, "set")).rejects.toMatchObject({ code: "EINVAL" });
  expect(await files.seek(fd, 0, "cur")).toBe(0);
  await files.close(fd);
  const large = await files.open("/dev/zero", constants.O_RDONLY);
  await files.close(large);
  const fifo = join(directory, "fifo");
  execFileSync("mkfifo", [fifo]);
  const pipe = await files.open(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  await expect(files.seek(pipe, 0, "set")).rejects.toMatchObject({ code: "ESPIPE", message: "Illegal seek" });
  await files.close(pipe);
});

test("answers positions beyond 2^53 exactly", async () => {
  const fd = await files.open("/proc/self/mem", constants.O_RDONLY);
  expect(await files.seek(fd, 2n ** 53n + 1n, "set")).toBe(2n ** 53n + 1n);
  expect(await files.seek(fd, 2n ** 62n, "cur")).toBe(2n ** 62n + 2n ** 53n + 1n);
  await files.close(fd);
});

test("names what failed", async () => {
  await expect(files.open(join(directory, "a", "b"), constants.O_RDONLY)).rejects.toMatchObject({
    code: "ENOENT",
    errno: 2,
    message: "No such file or directory",
    call: "open",
  });
  await expect(files.open("a\0b", constants.O_RDONLY)).rejects.toMatchObject({ code: "EINVAL", call: "open" });
  const fd = await files.open(directory, constants.O_RDONLY);
  await expect(files.read(fd, Buffer.alloc(1), 0, 1)).rejects.toMatchObject({ code: "EISDIR", call: "read" });
  await files.close(fd);
  await expect(files.readText(join(directory, "none"))).rejects.toMatchObject({ code: "ENOENT", call: "open" });
});

test("reads and writes small files whole", async () => {
  expect(await files.readText("/proc/self/mountinfo")).toContain(" / ");
  writeFileSync(path, "a longer text");
  await files.writeText(path, "short");
  expect(readFileSync(path, "utf8")).toBe("short");
  await expect(files.writeText(join(directory, "new"), "x")).rejects.toMatchObject({ code: "ENOENT" });
});
