import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { errnoOf, osError } from "../../../core/os/linux/errno.ts";
import { openOffLoop, seekOffLoop } from "../../../core/os/linux/libc.ts";
import { native } from "../../../core/os/native.ts";

describe("the table", () => {
  test("has every number that node knows, under its name", () => {
    for (const [name, number] of Object.entries(constants.errno)) expect([name, errnoOf(name)]).toEqual([name, number]);
  });

  test("has the C library's texts", () => {
    const strerror = native().load(null).func("const char *strerror(int)") as (errno: number) => string;
    for (const number of Object.values(constants.errno)) expect(osError(number, "test").message).toBe(strerror(number));
  });
});

describe("osError", () => {
  test("takes node's errors and numbers", () => {
    expect(osError({ code: "ENOENT", errno: -2 }, "open")).toMatchObject({
      code: "ENOENT",
      errno: 2,
      message: "No such file or directory",
      call: "open",
    });
    expect(osError({ code: "UNKNOWN", errno: -122 }, "write")).toMatchObject({ code: "EDQUOT", message: "Disk quota exceeded" });
    expect(osError({ code: "ENOTSUP", errno: -95 }, "ioctl")).toMatchObject({ code: "EOPNOTSUPP", errno: 95 });
    expect(osError(4095, "x")).toMatchObject({ code: "E4095", message: "Unknown error 4095" });
    const error = osError(5, "read");
    expect(osError(error, "other")).toBe(error);
  });
});

test("calls off the loop have the errno of their own thread", async () => {
  const call = (i: number) =>
    [
      () => openOffLoop("/nonexistent"),
      () => openOffLoop("/etc/passwd/x"),
      () => seekOffLoop(-1, 0, 0),
      () => openOffLoop(`/${"x".repeat(300)}`),
    ][i % 4]?.();
  const expected = ["ENOENT", "ENOTDIR", "EBADF", "ENAMETOOLONG"];
  const results = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => call(i)));
  results.forEach((result, i) => {
    expect(result).toMatchObject({ status: "rejected", reason: { code: expected[i % 4] } });
  });
});
