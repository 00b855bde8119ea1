/** Files that are no configuration, or want to be more than one: each is refused with a line that says why, or is harmless. */

import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adminFiles } from "../../../core/config/admin-files.ts";
import { collectAdminConfig, readAdminConfig } from "../../../core/config/lodger-toml.ts";
import { Problems, problemText } from "../../../core/config/problems.ts";
import { plain, TomlTable } from "../../../core/config/toml.ts";
import { whole } from "../../quote.ts";
import { BYTES } from "./hostile-files.ts";
import { read, TomlFiles } from "./toml-files.ts";

describe("a file's bytes", () => {
  it.each(BYTES)("%s", (_what, content, says) => {
    const { errors } = read({ "a.toml": content });
    expect(errors[0]).toMatch(whole(says));
    for (const error of errors) expect(error.length).toBeLessThan(400);
  });

  it("an integer beyond all is taken or refused", () => {
    expect(read({ "a.toml": "[agent]\nfreeze-lease = 99999999999999999999999999" }).errors.length).toBeLessThanOrEqual(1);
  });

  it.each([
    ["a byte order mark", "\ufeff[agent]\nverbose = true\n"],
    ["line ends of Windows", "[agent]\r\nverbose = true\r\n"],
    ["nothing", ""],
    ["comments only", "# nothing\n"],
  ])("with %s are taken", (_what, content) => {
    expect(read({ "a.toml": content }).errors).toEqual([]);
  });

  it("names that mean something to JavaScript are names", () => {
    const { config, errors } = read({ "a.toml": "[plugins.p.options]\n__proto__ = { polluted = true }\nconstructor = 1\n" });
    expect(errors).toEqual([]);
    const options = plain(config.plugins.get("p")?.options ?? expect.unreachable());
    expect(Object.keys(options as object)).toEqual(["__proto__", "constructor"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

// These need root, as whom the agent runs.
describe("a file's owner and mode", () => {
  const problemsOf = (path: string) => {
    const problems = new Problems();
    collectAdminConfig([path], problems);
    return problems.errors.map(problemText).join("\n");
  };

  it("others may not write to it, or to a folder above it, or own it", () => {
    using files = new TomlFiles();
    const path = files.write("d/a.toml", "[agent]\n");
    expect(problemsOf(path)).toBe("");
    chmodSync(path, 0o646);
    expect(problemsOf(path)).toBe(`${path}: others than its owner may write to it: 'chmod go-w ${path}'`);
    chmodSync(path, 0o644);
    chownSync(path, 65534, 65534);
    expect(problemsOf(path)).toContain("this belongs to user 65534");
    chownSync(path, 0, 0);
    chmodSync(join(files.folder, "d"), 0o777);
    expect(problemsOf(path)).toContain(`${files.folder}/d: others than its owner may write to it`);
  });

  it("what isn't a file of text to read is refused", () => {
    using files = new TomlFiles();
    mkdirSync(join(files.folder, "folder.toml"));
    symlinkSync("nowhere", join(files.folder, "dangling.toml"));
    symlinkSync("circle.toml", join(files.folder, "circle.toml"));
    execFileSync("mkfifo", [join(files.folder, "fifo.toml")]);
    expect(problemsOf(join(files.folder, "folder.toml"))).toMatch(/no regular file/);
    expect(problemsOf(join(files.folder, "fifo.toml"))).toMatch(/no regular file/);
    expect(problemsOf(join(files.folder, "dangling.toml"))).toMatch(/this can't be read: it is not there any more/);
    expect(problemsOf(join(files.folder, "circle.toml"))).toMatch(/links lead in a circle/);
    expect(problemsOf("/dev/zero")).toMatch(/no regular file|others than its owner/);
  });

  it("a link is what it leads to", () => {
    using files = new TomlFiles();
    const path = files.write("real", "[agent]\n");
    symlinkSync(path, join(files.folder, "a.toml"));
    expect(problemsOf(join(files.folder, "a.toml"))).toBe("");
    chmodSync(path, 0o666);
    expect(problemsOf(join(files.folder, "a.toml"))).toContain(`${path}: others than its owner`);
  });
});

describe("which files are read", () => {
  it("the named one and those of the folder beside it, without hidden ones and those of editors", () => {
    using files = new TomlFiles();
    for (const name of ["x.toml", "x.d/b.toml", "x.d/a.toml", "x.d/.hidden.toml", "x.d/a.toml~", "x.d/README", "x.d/a.toml.bak"])
      files.write(name, "");
    expect(adminFiles("x.toml", files.folder)).toEqual(["x.toml", "x.d/a.toml", "x.d/b.toml"].map((name) => join(files.folder, name)));
    expect(() => adminFiles("y.toml", files.folder)).toThrow(/cannot read '.*y\.toml': no such file/);
  });
});

describe("any file", () => {
  const key = fc.constantFrom(
    "agent",
    "policy",
    "audit",
    "plugins",
    "verbose",
    "block",
    "block-rpcs",
    "limit",
    "allow-if",
    "commands",
    "options",
    "p",
  );
  const value = fc.oneof(
    fc.constantFrom(
      "true",
      "1",
      "-5",
      "1.5",
      "nan",
      '"x"',
      '""',
      "[]",
      "{}",
      "[1, 'a', {}]",
      "{ a = [{}] }",
      "1979-05-27",
      "[[[]]]",
      '"1 MiB/s"',
    ),
    fc.string().map((text) => JSON.stringify(text)),
  );
  const line = fc.oneof(
    fc.tuple(fc.array(key, { minLength: 1, maxLength: 3 }), value).map(([names, text]) => `${names.join(".")} = ${text}`),
    fc.array(key, { minLength: 1, maxLength: 3 }).map((names) => `[${names.join(".")}]`),
    fc.array(key, { minLength: 1, maxLength: 3 }).map((names) => `[[${names.join(".")}]]`),
    fc.string({ maxLength: 10 }),
  );

  it("is read, or refused with lines that name their place", () => {
    using files = new TomlFiles();
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const path = files.write("a.toml", lines.join("\n"));
        const problems = new Problems();
        collectAdminConfig([path], problems);
        for (const { origin, text } of problems.list) {
          expect(origin).toMatchObject({ file: path, line: expect.any(Number) });
          expect(text.length).toBeGreaterThan(10);
        }
      }),
      { numRuns: 150 },
    );
  }, 30_000);
});

describe("the order of files", () => {
  const contents = [
    '[agent]\nblock-rpcs = ["a", "b"]\n[policy]\nblock = ["guest-set-*"]\n',
    '[agent]\nverbose = true\nblock-rpcs = "c"\n[policy]\nprofile = "observe"\n[plugins.p]\nisolate = true\n',
    '[policy]\nallow = ["guest-exec"]\n[[policy.limit]]\nrate = "1/s"\n[audit]\njournal = true\nexcept = ["x"]\n',
    '[policy]\nprofile = "backup"\n[audit]\nexcept = ["y"]\n[plugins.p.options]\nlist = [1, 2]\n',
    "[plugins.p]\nenabled = false\n[plugins.p.options]\nlist = [3]\nkey = 1\n",
  ];
  /** As sets, without places. */
  const meaning = (config: unknown): unknown =>
    JSON.parse(
      JSON.stringify(config, (name, each: unknown) => {
        if (name === "origin" || name === "files" || name === "places") return undefined;
        if (each instanceof Map) return [...each].sort();
        if (each instanceof TomlTable) return plain(each);
        return Array.isArray(each) ? each.map((item) => JSON.stringify(meaning(item))).sort() : each;
      }) ?? "null",
    );

  it("doesn't matter, nor does what they are called", () => {
    using files = new TomlFiles();
    const readIn = (order: readonly string[]) => {
      const paths = order.map((content, index) => files.write(`${index}.toml`, content));
      return readAdminConfig(paths.toReversed());
    };
    const expected = meaning(readIn(contents));
    fc.assert(
      fc.property(fc.shuffledSubarray(contents, { minLength: contents.length }), (order) => {
        expect(meaning(readIn(order))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
    expect(JSON.stringify(expected)).toContain("guest-set-*");
  }, 30_000);
});
