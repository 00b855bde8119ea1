import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { loadEmbedded } from "../../../core/os/embedded.ts";

const places = ["/dev/shm", "/run", "/tmp"];
const hidden = () => places.flatMap((place) => readdirSync(place)).filter((name) => name.startsWith(".lodger-"));

test("a native module is loaded from memory and leaves nothing behind", () => {
  const require = createRequire(import.meta.url);
  const file = join(dirname(require.resolve("@koromix/koffi-linux-x64")), "linux_x64", "koffi.node");
  const bytes = new Uint8Array(readFileSync(file)).buffer;
  const descriptors = readdirSync("/proc/self/fd").length;
  const { exports } = loadEmbedded(bytes, "koffi.node");
  expect(exports).toMatchObject({ version: "3.3.4" });
  expect(hidden()).toEqual([]);
  expect(readdirSync("/proc/self/fd").length).toBe(descriptors);
  expect(readFileSync("/proc/self/maps", "utf8")).toMatch(/\/(dev\/shm|run|tmp)\/#?\S+ \(deleted\)/);
});

test("what is no module is refused with what was tried", () => {
  expect(() => loadEmbedded(new TextEncoder().encode("nonsense").buffer, "koffi.node")).toThrow(/no place to load koffi\.node from \(.+: /);
  expect(hidden()).toEqual([]);
});
