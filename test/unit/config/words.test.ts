/** Small things that errors and values are made of. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { nearest } from "../../../core/config/nearest.ts";
import { OPTIONS } from "../../../core/config/options.ts";
import { parseSize } from "../../../core/config/units.ts";

const names = OPTIONS.map(({ name }) => name);

it.each([
  ["verbos", "verbose"],
  ["Verbose", "verbose"],
  ["freeze_lease", "freeze-lease"],
  ["freezelease", "freeze-lease"],
  ["pluigns", "plugins"],
  ["zzzzz", undefined],
  ["", undefined],
  ["x".repeat(1_000_000), undefined],
])("the nearest of the options to %j", (name, expected) => {
  expect(nearest(name.slice(0, 2_000_000), names)).toBe(expected);
});

it("the nearest to a name is the name, and to one with a letter more that name", () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), (name, at) => {
      const index = at % name.length;
      expect(nearest(name, names)).toBe(name);
      expect(nearest(`${name.slice(0, index)}Q${name.slice(index)}`, [name, "something-else-altogether"])).toBe(name);
    }),
  );
});

it.each([
  ["256 MiB", 256 * 2 ** 20],
  ["1.5GiB", 1.5 * 2 ** 30],
  ["0 B", 0],
  ["10 KiB", 10_240],
  ["1 MB", undefined],
  ["1", undefined],
  ["-1 B", undefined],
  ["1e3 B", undefined],
  [" 1 B", undefined],
  ["1  B", undefined],
  ["1 mib", undefined],
  ["999999999999 GiB", undefined],
])("the size %j", (text, bytes) => expect(parseSize(text)).toBe(bytes));
