import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { StartQueue } from "../../../core/os/linux/start-queue.ts";

const never = () => new Promise<never>(() => {});

test("lets a few begin at once, the others after them", async () => {
  const queue = new StartQueue(5000);
  let now = 0;
  let most = 0;
  const one = async (index: number) => {
    most = Math.max(most, ++now);
    await pause(5);
    now -= 1;
    return index;
  };
  const all = Array.from({ length: 20 }, (_, index) => index);
  expect(await Promise.all(all.map((index) => queue.run("x", () => one(index))))).toEqual(all);
  expect(most).toBe(4);
});

test("gives a hanging start up, doesn't begin it again, and the others go on", async () => {
  const queue = new StartQueue(50);
  const hang = Promise.withResolvers<number>();
  let late: AbortSignal | undefined;
  const start = queue.run("dead", (signal) => {
    late = signal;
    return hang.promise;
  });
  await expect(start).rejects.toMatchObject({ code: "ETIMEDOUT" });
  expect(late?.aborted).toBe(true);
  let begun = false;
  const again = () => queue.run("dead", async () => (begun = true));
  await expect(again()).rejects.toThrow("hangs since an earlier request");
  expect(begun).toBe(false);
  expect(await queue.run("good", async () => "fine")).toBe("fine");
  hang.resolve(1);
  await expect.poll(() => again().catch(() => false)).toBe(true);
});

test("with too many hanging, a start fails in time and never begins", async () => {
  const queue = new StartQueue(50);
  const hanging = Array.from({ length: 4 }, (_, index) => queue.run(`dead ${index}`, never));
  const results = await Promise.allSettled([...hanging, queue.run("good", () => Promise.reject(new Error("begun")))]);
  expect(results.map((result) => result.status === "rejected" && result.reason.code)).toEqual(Array(5).fill("ETIMEDOUT"));
});

test("a failure frees its place", async () => {
  const queue = new StartQueue(1000);
  const failing = () => queue.run("x", () => Promise.reject(new Error("no")));
  await Promise.allSettled(Array.from({ length: 9 }, failing));
  expect(await queue.run("y", async () => 1)).toBe(1);
});
