/** `lodger policy`: what it prints and how it ends. */
import "reflect-metadata";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { policyCommand } from "../../../core/cli/policy.ts";
import { systemContainer } from "../../../core/container.ts";
import { declaredCommands } from "../../../core/declared-commands.ts";
import { builtInPlugins } from "../../../plugins/index.ts";

// The agent reads only files that nobody else could have put there.
const home = realpathSync(mkdtempSync(join(homedir(), ".lodger-explain-")));
afterAll(() => rmSync(home, { recursive: true }));
const config = join(home, "lodger.toml");
writeFileSync(
  config,
  `[agent]
plugins = "${home}/plugins"
scripts = "${home}/commands"
[policy]
profile = "backup"
block = ["guest-get-time"]
[[policy.allow-if]]
commands = ["guest-exec"]
arguments.path.program = ["/usr/bin/env", "/usr/bin/id"]
arguments.arg.sequence = ["-u", "..."]
[[policy.allow-if]]
commands = ["guest-file-open"]
arguments.path.inside = ["/usr"]
[[policy.limit]]
commands = ["guest-exec"]
rate = "30/min"
concurrency = 4
`,
  { mode: 0o600 },
);

async function run(...args: readonly string[]) {
  let out = "";
  let errors = "";
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    errors += String(text);
    return true;
  });
  const agent = { container: systemContainer(), plugins: builtInPlugins, bundled: [], transports: [], generated: {} };
  const status = await policyCommand({
    program: "lodger",
    args,
    environment: { QGA_CONF: join(home, "qemu-ga.conf") },
    defaultPaths: new Map([["virtio-serial", "/port"]]),
    readFile: () => Buffer.from(""),
    agent,
    write: (text) => {
      out += text;
    },
  }).finally(() => stderr.mockRestore());
  return { status, out, errors };
}

const explain = (...args: readonly string[]) => run("explain", ...args, "--lodger-config", config);

describe("lodger policy explain", () => {
  test("an allowed request", async () => {
    const { status, out, errors } = await explain("guest-exec", '{"path": "/usr/sbin/../bin/id", "arg": ["-u", "root"]}');
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    expect(out).toBe(`guest-exec: allowed
  because an allow-if for guest-exec matches
  decided by ${config}:7
  yes allow-if at ${config}:7: 'env' is absent, as the rule on a program says nothing of it
  yes allow-if at ${config}:7: 'arg' is the list "-u", "..."
  yes allow-if at ${config}:7: 'path' is the program "/usr/bin/env", "/usr/bin/id"
  'path' is taken for "/usr/bin/id"
  limit at ${config}:14: 30 requests a minute on all connections together, 4 requests at once on all connections together
  while file systems are frozen it is refused, whatever the rules say
`);
  });

  test("a refused request, with the line, and what to change", async () => {
    const { status, out } = await explain("guest-exec", '{"path": "/bin/sh", "arg": ["-u"], "env": []}');
    expect(status).toBe(1);
    expect(out).toContain("guest-exec: refused\n");
    expect(out).toContain(`  no  allow-if at ${config}:7: 'env' is absent`);
    expect(out).toMatch(/\n {2}to change it: change a condition of that rule, or add an \[\[policy.allow-if\]\]/);
    const program = await explain("guest-exec", '{"path": "/bin/sh", "arg": ["-u"]}');
    expect(program.out).toContain(`  decided by ${config}:9\n`);
    const list = await explain("guest-exec", '{"path": "/usr/bin/id", "arg": ["-g"]}');
    expect(list.out).toContain(`  decided by ${config}:10\n`);
  });

  test("no value of an argument is shown that a rule doesn't have", async () => {
    const { out } = await explain("guest-exec", '{"path": "/bin/sh", "arg": ["hunter2"], "env": ["SECRET=hunter2"]}');
    expect(out).not.toContain("hunter2");
  });

  test("where a path is held", async () => {
    const { status, out } = await explain("guest-file-open", '{"path": "/usr/share"}');
    expect(status).toBe(0);
    expect(out).toContain("  'path' is held inside /usr while it is opened\n");
    expect((await explain("guest-file-open", '{"path": "/usr/../etc/passwd"}')).status).toBe(1);
  });

  test("a command without arguments, by name, profile and block", async () => {
    expect(await explain("guest-ping")).toMatchObject({
      status: 0,
      out: expect.stringContaining(`in the profile 'backup'\n  decided by ${config}:5\n`),
    });
    expect(await explain("guest-get-time")).toMatchObject({ status: 1, out: expect.stringContaining(`decided by ${config}:6\n`) });
    expect(await explain("guest-shutdown")).toMatchObject({ status: 1, out: expect.stringContaining("only in 'standard' and above") });
    expect(await explain("guest-exec")).toMatchObject({
      status: 0,
      out: expect.stringContaining("its arguments decide: give them as JSON"),
    });
  });

  test("the agent's options count, in front of it and behind", async () => {
    expect((await run("--lodger-config", config, "explain", "guest-shutdown")).status).toBe(1);
    expect((await run(`--lodger-config=${config}`, "-b", "guest-ping", "explain", "guest-ping")).status).toBe(1);
    expect(await explain("guest-ping", "--block-rpcs=guest-ping")).toMatchObject({ status: 1 });
    expect(await explain("guest-ping", "--allow-rpcs=guest-info")).toMatchObject({ status: 1 });
  });

  test.each([
    [["guest-pnig"], "there is no command 'guest-pnig'; is 'guest-ping' meant?"],
    [["guest-exec", "{"], "the arguments are no JSON object"],
    [["guest-exec", "[]"], "the arguments are no JSON object"],
    [["guest-exec", '{}} {"execute":"guest-ping"}'], "the arguments are no JSON object"],
    [["guest-exec", "{}"], "guest-exec doesn't take these arguments, whatever the rules say: Parameter 'path' is missing"],
    [["guest-exec", '{"path": 1}'], "doesn't take these arguments"],
    [["guest-exec", '{"path": "x", "input-data": "é"}'], "doesn't take these arguments"],
    [["guest-exec", "{}", "more"], "too much behind '{}'"],
    [[], "say what to explain"],
    [["guest-ping", "--no-such-option"], "unrecognized option '--no-such-option'"],
    [["guest-ping", "--version"], "only options that say where the configuration is"],
  ])("%j can't be said", async (args, expected) => {
    const { status, out, errors } = await explain(...args);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(errors).toContain(expected);
    expect(errors).toMatch(/^lodger: .*\n$/);
  });

  test("a configuration that is wrong can't be explained", async () => {
    const wrong = join(home, "wrong.toml");
    writeFileSync(wrong, '[policy]\nprofil = "observe"\nallow = []\n', { mode: 0o600 });
    const { status, errors } = await run("explain", "guest-ping", "--lodger-config", wrong);
    expect(status).toBe(2);
    expect(errors).toContain("is 'profile' meant?");
    expect(errors).toContain("empty list");
  });
});

test("lodger policy profiles lists every command once, below its profile", async () => {
  const { status, out } = await run("profiles", "--lodger-config", config);
  expect(status).toBe(0);
  expect(out).toMatch(
    /^none: only what keeps a connection usable.*\n {2}guest-sync-delimited\n {2}guest-sync\n\nobserve: all of none, .*\n {2}guest-ping\n/,
  );
  const names = out.match(/^ {2}\S+$/gm) ?? [];
  expect(new Set(names).size).toBe(names.length);
  expect(names).toHaveLength(builtInPlugins.flatMap(declaredCommands).length);
});

test.each([[["--help"]], [["explain", "--help"]], [["-h"]]])("lodger policy %j", async (args) => {
  const { status, out } = await run(...args);
  expect(status).toBe(0);
  expect(out).toContain("The status is 0 if the request is allowed, 1 if it is refused, 2 if that can't be said.");
});
