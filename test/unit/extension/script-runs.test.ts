/** What comes of a script's run: results, errors, the log; with real programs. */
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answers } from "../dispatch/agent-under-test.ts";
import { ScriptFolder } from "./script-folder.ts";

let folder: ScriptFolder;
beforeEach(() => {
  folder = new ScriptFolder();
});
afterEach(() => folder.remove());

const failed = (reason: string) => `Command guest-x failed: ${reason}`;

/** A script that prints this. */
const prints = (text: string) => `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`;

describe("what a script is given", () => {
  test("its arguments as one line of JSON, with its defaults", async () => {
    folder.manifest(
      "x",
      'program = "/bin/cat"\n[arguments.a]\ntype = "integer"\ndefault = 7\n[arguments.b]\ntype = "string"\noptional = true\n',
    );
    expect(await folder.run("x")).toEqual({ a: 7 });
    expect(await folder.run("x", { a: 2n ** 62n, b: "ü\n" })).toEqual({ a: 2n ** 62n, b: "ü\n" });
    folder.script("x", `#!/bin/sh\nwc -l | { read n; echo "{\\"lines\\": $n}"; }\n`);
    expect(await folder.run("x", { b: "1\n2\n3" })).toEqual({ lines: 1 });
  });

  test("a fixed argument vector, without a shell", async () => {
    folder.script(
      "x",
      '#!/bin/sh\nprintf \'["%s", "%s", %s]\' "$1" "$2" $#\n',
      `args = ["a b", "$(id)"]\n[returns]\nitems = { type = "string" }\n`,
    );
    expect(await folder.outcome("x")).toBe(failed("its output[2] has to be a string"));
    folder.script("x", '#!/bin/sh\nprintf \'["%s", "%s"]\' "$1" "$2"\n', `args = ["a b", "$(id)"]\n[returns]\nitems = "string"\n`);
    expect(await folder.run("x")).toEqual(["a b", "$(id)"]);
  });

  test("an environment that is small and always the same, and three descriptors", async () => {
    const program = [
      "#!/bin/sh",
      "read -r line",
      "for fd in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$fd ] && open=$open$fd; done",
      `printf '["%s", "%s"]' "$(env | grep -v -e ^_= -e ^PWD= -e ^SHLVL= | sort | tr '\\n' '|')" $open`,
    ];
    folder.script("x", program.join("\n"), 'environment.TZ = "UTC"\n[returns]\nitems = "string"\n');
    const places = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    expect(await folder.run("x")).toEqual([`LANG=C.UTF-8|LODGER_COMMAND=guest-x|PATH=${places}|TZ=UTC|`, "012"]);
  });

  test("megabytes that it doesn't read don't matter, and those that it reads are whole", async () => {
    const data = Buffer.alloc(4 * 1024 * 1024, 0xa5);
    folder.script("x", "#!/bin/sh\nexec <&-\necho '{}'\n", '[arguments.data]\ntype = "bytes"\n');
    expect(await folder.run("x", { data })).toEqual({});
    folder.manifest(
      "x",
      'program = "/bin/cat"\nmax-output = "8 MiB"\n[arguments.data]\ntype = "bytes"\n[returns.members.data]\ntype = "bytes"\n',
    );
    const { data: back } = (await folder.run("x", { data })) as { data: Uint8Array };
    expect(data.equals(back)).toBe(true);
  });
});

describe("JSON as it is", () => {
  const types = { t: "string", i: "integer", n: "number", b: "boolean", d: "bytes" } as const;
  const members = Object.entries(types).map(([name, type]) => `${name} = { type = "${type}" }`);
  const lists = Object.entries(types).map(([name, type]) => `l${name} = { type = "list", items = "${type}" }`);
  const all = [...members, ...lists].join("\n");

  test("every value goes through a script and comes back the same, from the request's bytes to the answer's", {
    timeout: 60_000,
  }, async () => {
    folder.manifest("x", `program = "/bin/cat"\nconcurrency = 4\n[arguments]\n${all}\n[returns.members]\n${all}\n`);
    const command = await folder.command("x");
    // The wire itself takes neither NUL nor what Unicode says is no character.
    const text = fc.string({ unit: "binary" }).map((any) => any.replace(/[\0\p{Noncharacter_Code_Point}]/gu, "ß"));
    const bytes = fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array).toString("base64"));
    const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    const value = { t: text, i: integer, n: double, b: fc.boolean(), d: bytes };
    const list = { lt: fc.array(text), li: fc.array(integer), ln: fc.array(double), lb: fc.array(fc.boolean()), ld: fc.array(bytes) };
    const property = fc.asyncProperty(fc.record({ ...value, ...list }), async (args) => {
      const request = `{"execute": "guest-x", "arguments": ${JSON.stringify(args, written)}}\n`;
      const [answer = ""] = await answers([command], Buffer.from(request).toString("latin1"));
      expect((JSON.parse(answer) as { return: unknown }).return).toEqual(JSON.parse(JSON.stringify(args, written)));
      const [, one, more] = /"i": (-?\d+),.*"li": \[([^\]]*)\]/.exec(answer) ?? []; // exact, which JSON.parse isn't
      expect([one, more]).toEqual([String(args.i), args.li.join(", ")]);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  const anything: readonly (readonly [output: string, outcome: unknown])[] = [
    ["{}", {}],
    [
      '{"a": 9007199254740993, "b": [-9223372036854775808, 18446744073709551615]}',
      { a: 9007199254740993n, b: [-(2n ** 63n), 2n ** 64n - 1n] },
    ],
    ['{"a": 1e2, "b": 1.5, "c": null, "d": [true, {}]}', { a: 100, b: 1.5, c: null, d: [true, {}] }],
    ['\uFEFF {"a": "\\ud83d\\ude00"}', { a: "😀" }],
    ["[]", failed("its output has to be an object: {…}")],
    ["null", failed("its output has to be an object: {…}")],
    ["5", failed("its output has to be an object: {…}")],
    ['{"a": 18446744073709551616}', failed("its output has an integer beyond 64 bits")],
    [`{"a": ${"9".repeat(400)}}`, failed("its output has a number that is too large")],
    ['{"a": 1e999}', failed("its output has a number that is too large")],
    [`{"a": ${"[".repeat(300)}${"]".repeat(300)}}`, failed("its output is nested too deeply")],
    ["[".repeat(100_000), failed("its output is not one JSON value: Unexpected end of JSON input")],
    [`${"[".repeat(200_000)}${"]".repeat(200_000)}`, failed("its output is nested too deeply")],
    ["{} {}", failed("its output is not one JSON value: Unexpected non-whitespace character after JSON at position 3")],
    ['{"a": NaN}', failed("its output is not one JSON value: Unexpected token 'N'")],
    ["{'a': True}", failed("its output is not one JSON value: Expected property name or '}' in JSON at position 1")],
    ['{"a": 1,}', failed("its output is not one JSON value: Expected double-quoted property name in JSON at position 8")],
    ['{"a": "', failed("its output is not one JSON value: Bad control character in string literal in JSON at position 7")],
    ["hello", failed("its output is not one JSON value: Unexpected token 'h'")],
    ["", failed("its output is empty: it has to print one JSON value, {} if there is nothing to say")],
    [" \t ", failed("its output is empty: it has to print one JSON value, {} if there is nothing to say")],
  ];
  test.each(anything)("%#", async (output, expected) => {
    folder.script("x", prints(output));
    const outcome = await folder.outcome("x");
    if (typeof expected === "string") expect(String(outcome).startsWith(expected), `${outcome}`).toBe(true);
    else expect(outcome).toEqual(expected);
  });

  test.each(["hunter2", '"hunter2', "{ hunter2 }", '{"a": hunter2}', "NaN", '{"password": "hunter2" "x"}', "[1 hunter2"])(
    "no piece of %j is in an error or the log",
    async (text) => {
      folder.script("x", prints(text));
      expect(await folder.outcome("x")).toMatch(/^Command guest-x failed: its output is not one JSON value/);
      expect([await folder.outcome("x"), ...folder.log.lines].join()).not.toMatch(/hunt|unter|NaN|password/);
    },
  );

  test("a member called __proto__ is a member", async () => {
    folder.script("x", prints('{"__proto__": {"a": 1}}'));
    expect(Object.keys((await folder.run("x")) as object)).toEqual(["__proto__"]);
    expect(await answers([await folder.command("x")], '{"execute": "guest-x"}')).toEqual(['{"return": {"__proto__": {"a": 1}}}']);
  });

  test("bytes that are no UTF-8", async () => {
    folder.script("x", '#!/bin/sh\nprintf \'{"a": "\\377"}\'\n');
    expect(await folder.outcome("x")).toBe(failed("its output is not UTF-8; bytes are printed as base64"));
    folder.script("x", "#!/bin/sh\nhead -c 100000 /dev/urandom\n");
    expect(await folder.outcome("x")).toMatch(/its output is not/);
  });

  const shapes: readonly (readonly [returns: string, output: string, outcome: unknown])[] = [
    ['type = "integer"', "5", 5],
    ['type = "integer"', "9223372036854775807", 2n ** 63n - 1n],
    ['type = "integer"', "9223372036854775808", failed("its output has to be an integer of 64 bits")],
    ['type = "integer"', "1.5", failed("its output has to be an integer of 64 bits")],
    ['type = "integer"', '"5"', failed("its output has to be an integer of 64 bits")],
    ['type = "number"', "9007199254740993", 9007199254740992],
    ['type = "number"', "1e999", failed("its output has to be a number")],
    ['type = "boolean"', "1", failed("its output has to be true or false")],
    ['type = "bytes"', '"aGVs\\nbG8="', Buffer.from("hello")],
    ['type = "bytes"', '"aGVsbG8"', failed("its output has to be base64")],
    ['type = "bytes"', '"a-_="', failed("its output has to be base64")],
    ['enum = ["a", "b"]', '"c"', failed('its output has to be one of "a", "b"')],
    ['items = "string"', '["a", 1]', failed("its output[1] has to be a string")],
    ['items = "string"', "{}", failed("its output has to be a list: […]")],
    [
      '[returns.members.a]\nitems.members.b.type = "integer"',
      '{"a": [{"b": 1}, {"b": "x"}]}',
      failed("its output's a[1].b has to be an integer of 64 bits"),
    ],
    ['[returns.members.a]\nitems.members.b.type = "integer"', '{"a": [{}]}', failed("its output's a[0].b is missing")],
    ['[returns.members.a]\ntype = "string"', '{"a": "x", "b": 1}', failed("its output's b is not declared in its manifest")],
    ['[returns.members.a]\ntype = "string"', '{"a": null}', failed("its output's a has to be a string")],
    ['[returns.members.a]\ntype = "string"\noptional = true', '{"a": null}', {}],
    ['[returns.members.toString]\ntype = "string"\noptional = true', "{}", {}],
  ];
  test.each(shapes)("returns %j prints %j", async (returns, output, expected) => {
    folder.script("x", prints(output), `[returns]\n${returns}\n`);
    expect(await folder.outcome("x")).toEqual(expected);
  });
});

describe("a script that fails", () => {
  const rows: readonly (readonly [program: string, error: string, logged: readonly string[]])[] = [
    ["exit 3", failed("exit status 3"), ["warning: guest-x: exit status 3"]],
    ['echo \'{"error": "no such disk: sdz"}\'; exit 1', "no such disk: sdz", ["info: guest-x: exit status 1"]],
    ['echo \'{"error": ""}\'; exit 1', failed("exit status 1"), ["warning: guest-x: exit status 1"]],
    ["echo '{\"error\": 5}'; exit 1", failed("exit status 1"), ["warning: guest-x: exit status 1"]],
    ["echo oops; exit 1", failed("exit status 1"), ["warning: guest-x: exit status 1"]],
    ["echo reason >&2; exit 2", failed("exit status 2"), ["message: guest-x: reason", "warning: guest-x: exit status 2"]],
    ["echo '{}'; exit 1", failed("exit status 1"), ["warning: guest-x: exit status 1"]],
    ["kill -SEGV $$", failed("ended by SIGSEGV"), ["warning: guest-x: ended by SIGSEGV"]],
    ["kill -40 $$", failed("ended by signal 40"), ["warning: guest-x: ended by signal 40"]],
  ];
  test.each(rows)("%j", async (program, error, logged) => {
    folder.script("x", `#!/bin/sh\n${program}\n`);
    expect(await folder.outcome("x")).toBe(error);
    expect(folder.log.lines).toEqual(logged);
  });

  test("what it says is cut where it is too long", async () => {
    folder.script("x", `#!/bin/sh\nprintf '{"error": "%s"}' $(head -c 5000 /dev/zero | tr '\\0' x); exit 1\n`);
    expect(await folder.outcome("x")).toBe("x".repeat(1000));
  });
});

describe("the log", () => {
  test("has standard error line by line, made safe to show", async () => {
    folder.script("x", "#!/bin/sh\nprintf 'one\\n\\n\\033[31mred\\n' >&2; printf 'last' >&2; echo '{}'\n");
    await folder.run("x");
    expect(folder.log.lines).toEqual(["message: guest-x: one", "message: guest-x: \\u001B[31mred", "message: guest-x: last"]);
  });

  test("is not flooded, by lines or by their length", async () => {
    folder.script("x", "#!/bin/sh\nhead -c 5000 /dev/zero | tr '\\0' x >&2; seq 1 100000 >&2; echo '{}'\n");
    expect(await folder.run("x")).toEqual({});
    expect(folder.log.lines).toHaveLength(101);
    expect(folder.log.lines[0]).toBe(`message: guest-x: ${"x".repeat(1000)} …`);
    expect(folder.log.lines.at(-1)).toBe("message: guest-x: 99900 more lines were left out");
  });

  test("has none of what the client gave", async () => {
    folder.script("x", "#!/bin/sh\ncat >/dev/null; exit 1\n", '[arguments.token]\ntype = "string"\nsecret = true\n');
    expect(await folder.outcome("x", { token: "hunter2" })).toBe(failed("exit status 1"));
    expect(folder.log.lines.join()).not.toContain("hunter2");
  });
});

describe("turns", () => {
  const slow = (concurrency: number) =>
    folder.script(
      "x",
      `#!/bin/sh\nd=$(dirname "$0")\nmkdir "$d/r$$"; ls -d "$d"/r* | wc -l; sleep 0.3; rmdir "$d/r$$"\n`,
      `concurrency = ${concurrency}\n[returns]\ntype = "integer"\n`,
    );

  test("one at a time, unless its manifest says more", async () => {
    slow(1);
    const one = await folder.runner("x");
    expect(await Promise.all([one(), one(), one()])).toEqual([1, 1, 1]);
    slow(3);
    const three = await folder.runner("x");
    expect(Math.max(...((await Promise.all([three(), three(), three()])) as number[]))).toBeGreaterThan(1);
  });

  test("who gives up leaves the queue; who comes when it is full is told", async () => {
    slow(1);
    const run = await folder.runner("x");
    const first = run();
    const signal = new AbortController();
    const waiting = run({}, signal.signal);
    const others = Array.from({ length: 64 }, () => {
      const controller = new AbortController();
      return { controller, done: run({}, controller.signal).catch((error: Error) => error.message) };
    });
    expect(await others.at(-1)?.done).toBe("Command guest-x is busy: 64 requests wait for it already");
    signal.abort();
    await expect(waiting).rejects.toThrow("Command guest-x was given up before its turn came");
    for (const { controller } of others) controller.abort();
    expect(await first).toBe(1);
    expect(await run()).toBe(1);
  });
});

describe("as another user", () => {
  const who = [
    "#!/bin/sh",
    "set -- $(id -u):$(id -g):$(id -G) $HOME:$USER:$LOGNAME $(sed -n 's/^NoNewPrivs:\t//p' /proc/self/status)",
    `printf '["%s", "%s", "%s", "%s"]' "$@" "$(sed -n 's/^Cap\\(Eff\\|Prm\\|Inh\\|Amb\\):\\t0*//p' /proc/self/status | tr -d '\\n')"`,
  ].join("\n");

  test("with its groups, no capability and no way to more", async () => {
    folder.script("x", who, 'user = "nobody"\n[returns]\nitems = "string"\n');
    expect(await folder.run("x")).toEqual(["65534:65534:65534", "/nonexistent:nobody:nobody", "1", ""]);
  });

  test("root as root is just started", async () => {
    folder.script("x", who, 'user = "root"\n[returns]\nitems = "string"\n');
    expect(((await folder.run("x")) as string[])[2]).toBe("0");
  });

  test("nobody that there is", async () => {
    folder.script("x", who, 'user = "no-such-user"\n');
    expect(await folder.outcome("x")).toBe("there is no user 'no-such-user': make it, or change 'user'");
  });

  test("who may not execute it", async () => {
    folder.write("x", who, 0o700);
    folder.manifest("x", 'user = "nobody"\n');
    expect(await folder.outcome("x")).toBe(failed("exit status 2"));
    expect(folder.log.lines[0]).toMatch(/cannot open .*Permission denied/);
  });
});

test("a program is looked at before each start", async () => {
  folder.script("x", prints("{}"));
  const run = await folder.runner("x");
  expect(await run()).toEqual({});
  folder.write("x", prints('{"new": 1}'));
  expect(await run()).toEqual({ new: 1 });
  rmSync(join(folder.path, "x"));
  await expect(run()).rejects.toThrow(failed(`${folder.path}/x: there is no such file`));
  symlinkSync("/proc/self/exe", join(folder.path, "x"));
  expect(existsSync(join(folder.path, "x"))).toBe(true);
  rmSync(join(folder.path, "x"));
  folder.write("x", prints("{}"), 0o757);
  await expect(run()).rejects.toThrow(failed(`${folder.path}/x: others than its owner may write to it`));
  expect(readFileSync(join(folder.path, "x.toml"), "utf8")).toContain("guest-x");
});

function written(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value)) : value;
}
