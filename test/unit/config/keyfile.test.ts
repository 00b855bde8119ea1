import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeValue, formatKeyFile, parseKeyFile } from "../../../core/config/keyfile.ts";
import { StartError } from "../../../core/config/start-error.ts";

const parse = (text: string, encoding: BufferEncoding = "utf8") => parseKeyFile(Buffer.from(text, encoding), "f.conf");

// each row was seen in the same file read by qemu-ga
describe("a value", () => {
  it.each([
    ["plain", "[g]\nk=v\n", "v"],
    ["blanks around the equals sign", "[g]\nk \t = \t v\n", "v"],
    ["blanks at the end stay", "[g]\nk=v  \n", "v  "],
    ["blanks in front of the key", "[g]\n \t k=v\n", "v"],
    ["empty", "[g]\nk=\n", ""],
    ["no newline at the end", "[g]\nk=v", "v"],
    ["carriage returns before newlines", "[g]\r\nk=v\r\n", "v"],
    ["a carriage return elsewhere", "[g]\nk=a\rb\n", "a\rb"],
    ["escapes", "[g]\nk=\\s\\t\\n\\r\\\\x\\s\n", " \t\n\r\\x "],
    ["signs of other formats", '[g]\nk=a#b ; "c" = d;\n', 'a#b ; "c" = d;'],
    ["not ASCII", "[g]\nk=é€😀\n", "é€😀"],
    ["the last of two keys", "[g]\nk=1\nk=2\n", "2"],
    ["groups that come again", "[g]\nk=1\n[x]\nk=3\n[g]\nk=2\n", "2"],
    ["comments and blank lines", "# a\n\n  \t\n  # b\n[g]\n# k=1\nk=2\n#k=3\n", "2"],
    ["blanks around a group", "  [g] \t\nk=v\n", "v"],
    ["keys of a language beside it", "[g]\nk[de]=1\nk=2\nk[]=3\n", "2"],
    ["odd names beside it", "[é g]\n-x_y.z/@! a=1\n[g]\nk=v\n", "v"],
    ["a line behind a NUL", "[g]\nk=v\0w\n", "v"],
  ])("%s", (_, text, value) => {
    expect(parse(text).string("g", "k")).toBe(value);
  });

  it.each(["[g]\xa1\nk=v", "[g]\xa1\xbf \x80\t\nk=v"])("of a group with bytes behind it that only continue a character: %j", (text) => {
    expect(parse(text, "latin1").string("g", "k")).toBe("v");
  });

  it("is undefined without its key or group", () => {
    expect(parse("[g]\na=1\n").string("g", "k")).toBeUndefined();
    expect(parse("[ g ]\nk=1\n").string("g", "k")).toBeUndefined();
    expect(parse("").boolean("g", "k")).toBeUndefined();
  });

  it.each([
    ["true", true],
    ["1", true],
    ["false", false],
    ["0", false],
    ["  true \t\f", true],
  ])("%j is a boolean", (text, value) => {
    expect(parse(`[g]\nk=${text}\n`).boolean("g", "k")).toBe(value);
  });

  it.each(["yes", "TRUE", "", "01", "1x", "true x", "\\strue", "true\v"])("%j is no boolean", (text) => {
    expect(() => parse(`[g]\n\nk=${text}\n`).boolean("g", "k")).toThrow(/^f\.conf:3: the value of 'k' is '.*': write true or false$/);
  });
});

describe("a bad file", () => {
  it.each([
    ["[g]\nverbose\n", "f.conf:2: 'verbose' is no group, key or comment: write [GROUP], KEY=VALUE or # COMMENT"],
    ["[g]\n; c\n", "f.conf:2: '; c' is no group"],
    ["[g]\n=1\n", "f.conf:2: '=1' is no group"],
    ["[g]\n =1\n", "f.conf:2: '=1' is no group"],
    ["[g] x\n", "f.conf:1: '[g] x' is no group"],
    ["[g]]\n", "f.conf:1: '[g]]' is no group"],
    ["[g]á\n", "f.conf:1: '[g]á' is no group"],
    ["[g\n", "f.conf:1: '[g' is no group"],
    ["\ufeff[g]\n", "f.conf:1: '\\uFEFF[g]' is no group"],
    ["ke\0y=1\n", "f.conf:1: 'ke' is no group"],
    ["k=1\n", "f.conf:1: a key stands before the first group: begin the file with [general]"],
    ["[]\n", "f.conf:1: '' is no name for a group"],
    ["[a[b]\n", "f.conf:1: 'a[b' is no name for a group"],
    ["[a\tb]\n", "f.conf:1: 'a\\tb' is no name for a group"],
    ["[g]\nk[de=1\n", "f.conf:2: 'k[de' is no name for a key"],
    ["[g]\nk]l=1\n", "f.conf:2: 'k]l' is no name for a key"],
    ["[g]\n[x]=1\n", "f.conf:2: '[x]' is no name for a key"],
    ["[g]\nk[x]l=1\n", "f.conf:2: 'k[x]l' is no name for a key"],
  ])("%j", (text, message) => {
    expect(() => parse(text)).toThrow(StartError);
    expect(() => parse(text)).toThrow(message);
  });

  it.each(["\\q", "x\\", "a\\;b", "\\x41"])("has the unknown escape in %j", (value) => {
    const file = parse(`[g]\nk=${value}\n`);
    expect(() => file.string("g", "k")).toThrow(/^f\.conf:2: the value of 'k' has the unknown escape '\\.*': write a backslash as \\\\$/);
  });

  it("is not UTF-8 only where it matters", () => {
    const file = parse("# \xff\n[\xff]\n\xff=\xfe\n[g]\nk=\xff\nl=1\n", "latin1");
    expect(file.string("g", "l")).toBe("1");
    expect(() => file.string("g", "k")).toThrow("f.conf:5: the value of 'k' is not UTF-8");
  });
});

describe("a written file", () => {
  it("looks as GLib writes it", () => {
    expect(formatKeyFile([["global", [["fd_counter", "1000"]]]])).toBe("[global]\nfd_counter=1000\n");
  });

  it.each([
    ["\t a\tb\n c \\ d", "\\t\\sa\tb\\n c \\\\ d"],
    ["\n  x\\  y", "\\n\\s\\sx\\\\  y"],
    ["\t\r \t \\  \nz\tq \\", "\\t\\r\\s\\t\\s\\\\  \\nz\tq \\\\"],
    ["a;b", "a;b"],
  ])("%j", (value, escaped) => {
    expect(escapeValue(value)).toBe(escaped);
  });

  it("reads back to the same values", () => {
    // GLib has no escape for a form feed in front, where its reader drops it.
    const value = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && !/^[ \t\r\n]*\f/.test(text));
    const key = fc.stringMatching(/^[a-z][a-z_.-]*$/);
    fc.assert(
      fc.property(fc.dictionary(key, value, { noNullPrototype: true, maxKeys: 5 }), fc.constantFrom("\n", "\r\n"), (values, newline) => {
        const entries = Object.entries(values);
        const text = formatKeyFile([
          ["other", entries.map(([name]) => [name, "no"] as const)],
          ["g", entries],
        ]);
        const file = parse(text.replaceAll("\n", newline));
        for (const [name, expected] of entries) expect(file.string("g", name)).toBe(expected);
        expect(file.keys("g")).toEqual(entries.map(([name]) => name));
      }),
    );
  });
});

it("any bytes are read, or refused with one line that names the place", () => {
  const pieces = fc.constantFrom("[g]", "\n", "=", "k", " ", "#", "\\", "[", "]", "\r", "\t", "\0", "\xff", "true");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      try {
        const file = parse(parts.join(""), "latin1");
        file.string("g", "k");
        file.boolean("g", "k");
      } catch (error) {
        expect(error).toBeInstanceOf(StartError);
        expect(String(error)).toMatch(/^StartError: f\.conf:\d+: \P{Cc}+$/u);
      }
    }),
  );
});
