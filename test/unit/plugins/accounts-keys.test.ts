/** The text of authorized_keys: what counts as a key, and that nothing else in the file changes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isInvalidKey, keysOf, withKeys, withoutKeys } from "../../../plugins/accounts/key-list.ts";

/** Printable keys and hostile ones, with the space, comment signs and bytes that files have. */
const piece = fc.constantFrom("ssh-ed25519 AAAA", "a", "b", "#", " ", "\t", "é", "\u2028", "\u00a0", "@", "x".repeat(500));
const key = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
const goodKey = key.filter((one) => !isInvalidKey(one));
const file = fc
  .array(fc.oneof(key, fc.constantFrom("# note", "", "  indented\t\r", "\xff\xfe", "a\0b", "\x0b")), { maxLength: 8 })
  .map((lines) => Buffer.from(lines.join("\n"), "utf8").toString("latin1"));

describe("what a key is", () => {
  test("lines without the space around them; blank ones and comments are none", () => {
    const text = "  one  \n\n# c\n\ttwo\t\r\nthree\n #four\n\f\n";
    expect(keysOf(text)).toEqual(["one", "two", "three"]);
  });

  test("a file without its last newline has its last key", () => {
    expect(keysOf("a\nb")).toEqual(["a", "b"]);
    expect(keysOf("")).toEqual([]);
  });

  test("what is no UTF-8 is shown as such and kept as it is", () => {
    const text = Buffer.from([0xff, 0xfe, 0x6b, 0x0a]).toString("latin1");
    expect(keysOf(text)).toEqual(["\ufffd\ufffdk"]);
    expect(Buffer.from(withKeys(text, ["n"]), "latin1")).toEqual(Buffer.from([0xff, 0xfe, 0x6b, 0x0a, 0x6e, 0x0a]));
  });

  test.each([["#x"], [" #x"], ["a\nb"], ["a\n"], ["\n"], ["a\rb"], ["a\0b"], ["\0"], ["\x1b[2J"], ["a\x7f"], ["ok\n#"]])(
    "%j is no key",
    (text) => {
      expect(isInvalidKey(text)).toBe(true);
    },
  );

  test.each([["ssh-rsa A a@b"], [""], [" "], ["a\r"], ["\ta"], ["a\tb"], ["é"], ["a#b"], ["x".repeat(100_000)]])(
    "%.40j can be one",
    (text) => {
      expect(isInvalidKey(text)).toBe(false);
    },
  );
});

describe("adding", () => {
  test("each line ends", () => {
    expect(withKeys("", ["a", "b"])).toBe("a\nb\n");
    expect(withKeys("a", ["b"])).toBe("a\nb\n");
    expect(withKeys("a\n", ["b"])).toBe("a\nb\n");
    expect(withKeys("a", [])).toBe("a\n");
  });

  test("what is there is not added again, whatever the space around it", () => {
    expect(withKeys("  one  \n", ["one", " one", "one\r"])).toBe("  one  \n");
    expect(withKeys("", ["a", "a", "b", "a"])).toBe("a\nb\n");
    expect(withKeys("# a\n", ["a"])).toBe("# a\na\n");
  });

  test("blank keys add nothing", () => {
    expect(withKeys("a\n", ["", " ", "\t"])).toBe("a\n");
  });

  test("every key is there once, after what was there", () => {
    fc.assert(
      fc.property(file, fc.array(goodKey, { maxLength: 6 }), (before, keys) => {
        const after = withKeys(before, keys);
        expect(after.startsWith(before)).toBe(true);
        const added = keysOf(after).slice(keysOf(before).length);
        expect(new Set(added).size).toBe(added.length);
        for (const one of keysOf(before)) expect(added).not.toContain(one);
        const listed = new Set(keysOf(after));
        for (const one of keys)
          expect(one.replace(/^[ \t\r\f]+|[ \t\r\f]+$/g, "") === "" || listed.has(keysOf(withKeys("", [one]))[0] ?? "")).toBe(true);
        expect(withKeys(after, keys)).toBe(after);
      }),
    );
  });
});

describe("removing", () => {
  test("only the lines of these keys go", () => {
    expect(withoutKeys("# note\n\n a \nb\na", ["a"])).toBe("# note\n\nb");
    expect(withoutKeys("a\nb\na\n", ["a"])).toBe("b\n");
    expect(withoutKeys("a\nb\n", ["c", ""])).toBe("a\nb\n");
    expect(withoutKeys("# a\n\n", ["", "a"])).toBe("# a\n\n");
  });

  test("what was added and is removed leaves the file as it was", () => {
    fc.assert(
      fc.property(file, fc.array(goodKey, { maxLength: 6 }), (before, keys) => {
        const known = new Set(keysOf(before));
        const fresh = keys.filter((one) => keysOf(withKeys("", [one])).every((text) => !known.has(text)));
        const after = withoutKeys(withKeys(before, fresh), fresh);
        expect(after).toBe(before === "" || before.endsWith("\n") ? before : `${before}\n`);
      }),
    );
  });

  test("afterwards none of them is listed, and every other key is, in its order", () => {
    fc.assert(
      fc.property(file, fc.array(goodKey, { maxLength: 6 }), (before, keys) => {
        const gone = new Set(keys.flatMap((one) => keysOf(withKeys("", [one]))));
        expect(keysOf(withoutKeys(before, keys))).toEqual(keysOf(before).filter((one) => !gone.has(one)));
      }),
    );
  });
});

test("a megabyte of spaces in one line takes no time", () => {
  const text = `${" ".repeat(1_000_000)}x${" ".repeat(1_000_000)}y`;
  const begun = performance.now();
  expect(keysOf(text)).toHaveLength(1);
  expect(performance.now() - begun).toBeLessThan(1000);
});
