/** The admin's file with a real agent: read at the start, checked, read again while clients are served. */

import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { onRuntime } from "../runtimes/runtime.ts";
import { type Program, type Running, run, serve } from "./program.ts";

let built: string;
let folder: string;
let toml: string;
let agent: Running | undefined;
const program = (): Program => onRuntime(join(built, "lodger.cjs"));

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  built = mkdtempSync(join(cache, "test-"));
  await bundle({ outfile: join(built, "lodger.cjs") });
});
afterAll(() => rmSync(built, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lodger-reload-"));
  toml = join(folder, "lodger.toml");
  for (const name of ["state", "lodger.d"]) mkdirSync(join(folder, name));
  writeFileSync(toml, policy("guest-get-users"));
});
afterEach(async () => {
  await agent?.end();
  agent = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const policy = (...blocked: readonly string[]) => `[policy]\nblock = ${JSON.stringify(blocked)}\n`;
const socket = () => join(folder, "s");
const log = () => readFileSync(join(folder, "log"), "utf8");
const options = () => [
  `--lodger-config=${toml}`,
  "-m",
  "unix-listen",
  "-p",
  socket(),
  "-t",
  join(folder, "state"),
  "-l",
  join(folder, "log"),
];

async function started(...more: readonly string[]): Promise<Running> {
  agent = serve(program(), socket(), [...options(), ...more]);
  await agent.ask({ execute: "guest-ping" });
  return agent;
}

/** As guest-info tells it. */
async function disabled(running: Running): Promise<string[]> {
  const { return: info } = (await running.ask({ execute: "guest-info" })) as {
    return: { supported_commands: { name: string; enabled: boolean }[] };
  };
  return info.supported_commands.flatMap(({ name, enabled }) => (enabled ? [] : name));
}

const soon = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 50 });

/** As most editors and package managers do. */
function replace(text: string): void {
  writeFileSync(`${toml}.new`, text);
  renameSync(`${toml}.new`, toml);
}

describe("a change", () => {
  test.each<[how: string, change: (text: string, running: Running) => void]>([
    ["of the file in its place", (text) => writeFileSync(toml, text)],
    ["by a new file in its place", (text) => replace(text)],
    [
      "by removing it and writing it anew",
      (text) => {
        rmSync(toml);
        writeFileSync(toml, text);
      },
    ],
    [
      "and SIGHUP",
      (text, { pid }) => {
        writeFileSync(toml, text);
        process.kill(pid, "SIGHUP");
      },
    ],
  ])("%s is in force at once, also in guest-info, and again the second time", async (_how, change) => {
    const running = await started();
    expect(await disabled(running)).toEqual(["guest-get-users"]);
    for (const blocked of [["guest-exec"], ["guest-exec", "guest-get-users"]]) {
      change(policy(...blocked), running);
      await soon(async () => expect((await disabled(running)).toSorted()).toEqual(blocked));
    }
    expect(log()).toContain("message: the configuration was read again; in force now: [policy]");
  });

  test("of the folder of more files counts, from its making to its removal", async () => {
    rmSync(join(folder, "lodger.d"), { recursive: true });
    const running = await started();
    mkdirSync(join(folder, "lodger.d"));
    writeFileSync(join(folder, "lodger.d/a.toml"), policy("guest-get-load"));
    await soon(async () => expect((await disabled(running)).toSorted()).toEqual(["guest-get-load", "guest-get-users"]));
    writeFileSync(join(folder, "lodger.d/a.toml"), policy("guest-get-memory-blocks"));
    await soon(async () => expect(await disabled(running)).toContain("guest-get-memory-blocks"));
    rmSync(join(folder, "lodger.d/a.toml"));
    await soon(async () => expect(await disabled(running)).toEqual(["guest-get-users"]));
  });

  test("of qemu-ga's file counts for its lists", async () => {
    const conf = join(folder, "qemu-ga.conf");
    writeFileSync(conf, "[general]\nblock-rpcs=guest-get-load\n");
    const running = await started("-c", conf);
    expect((await disabled(running)).toSorted()).toEqual(["guest-get-load", "guest-get-users"]);
    writeFileSync(conf, "[general]\nblock-rpcs=guest-get-vcpus\n");
    await soon(async () => expect((await disabled(running)).toSorted()).toEqual(["guest-get-users", "guest-get-vcpus"]));
  });

  test("leaves a client's connection as it is", async () => {
    const running = await started();
    const client = connect(socket());
    await once(client, "connect");
    let answers = "";
    client.setEncoding("utf8").on("data", (text: string) => {
      answers += text;
    });
    const ask = async (): Promise<string> => {
      const before = answers.length;
      client.write('{"execute":"guest-get-load"}\n');
      await soon(() => expect(answers.slice(before)).toContain("\n"));
      return answers.slice(before);
    };
    expect(await ask()).toContain('"return"');
    replace(policy("guest-get-load"));
    await soon(async () => expect(await disabled(running)).toEqual(["guest-get-load"]));
    expect(await ask()).toMatch(/"error".*guest-get-load/);
    expect(client.closed).toBe(false);
    client.destroy();
  });

  test("with a mistake keeps the old rules, and the log says every line; a good one afterwards counts", async () => {
    const running = await started();
    replace(`${policy("guest-exec")}blok = 1\n[agent]\nverbos = true\n`);
    await soon(() => expect(log()).toContain("the configuration stays as it was"));
    expect(log()).toContain(`error: ${toml}:3: 'blok' is unknown in [policy]`);
    expect(log()).toContain(`error: ${toml}:5: 'verbos' is unknown in [agent]; is 'verbose' meant?`);
    expect(await disabled(running)).toEqual(["guest-get-users"]);
    replace(policy("guest-exec"));
    await soon(async () => expect(await disabled(running)).toEqual(["guest-exec"]));
  });

  test("that takes the file away keeps the old rules", async () => {
    const running = await started();
    rmSync(toml);
    await soon(() => expect(log()).toContain(`cannot read '${toml}'`));
    expect(await disabled(running)).toEqual(["guest-get-users"]);
  });

  test("of an option is said to need a restart", async () => {
    await started();
    replace(`${policy("guest-get-users")}[agent]\nfreeze-lease = 5\n`);
    await soon(() => expect(log()).toContain("needs a restart of the agent: freeze-lease"));
  });
});

test("SIGHUP doesn't end an agent that has no such file", async () => {
  agent = serve(program(), socket(), options().slice(1));
  await agent.ask({ execute: "guest-ping" });
  process.kill(agent.pid, "SIGHUP");
  await soon(() => expect(log()).toContain("the configuration was read again; nothing has changed"));
  expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
});

test("a bad file stops the start: status 1, and a line for each mistake", async () => {
  writeFileSync(toml, "[agent]\nverbos = true\n[polici]\n");
  writeFileSync(join(folder, "lodger.d/a.toml"), "= 1");
  const { status, output, errors } = await run(program(), options());
  expect({ status, output }).toEqual({ status: 1, output: "" });
  expect(errors.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^lodger: .*lodger\.d\/a\.toml:1: this is no TOML: /),
    expect.stringMatching(/^lodger: .*lodger\.toml:2: 'verbos' is unknown in \[agent\]; is 'verbose' meant\?$/),
    expect.stringMatching(/^lodger: .*lodger\.toml:3: \[polici\] is unknown; is 'policy' meant\?$/),
  ]);
});

describe("lodger config check", () => {
  const check = (...args: readonly string[]) => run(program(), ["config", "check", ...options(), ...args]);

  test("says that all is well, and what was read", async () => {
    writeFileSync(join(folder, "lodger.d/a.toml"), "");
    const { status, output } = await check();
    expect({ status, output }).toEqual({ status: 0, output: `0 errors, 0 warnings; read: ${toml}, ${folder}/lodger.d/a.toml\n` });
  });

  test("says everything that is wrong, at once", async () => {
    const conf = join(folder, "qemu-ga.conf");
    writeFileSync(conf, "[general]\nfreeze-lease=x\nnonsense=1\n");
    writeFileSync(
      toml,
      `[agent]\nverbos = true\n[audit]\nfile = "${folder}/missing/too/a.jsonl"\n[policy]\nallow = "guest-exce"\n[plugins.fsfreze]\n`,
    );
    const { status, output } = await check("-c", conf, "--tls-key=/k", "more");
    expect(status).toBe(1);
    expect(output).toContain(`${conf}:2: --freeze-lease: 'x' is no number of seconds`);
    expect(output).toContain("mutual TLS also needs --tls-cert and --tls-ca");
    expect(output).toContain(`${toml}:2: 'verbos' is unknown in [agent]`);
    expect(output).toContain("the command line: warning: the argument 'more' is ignored");
    expect(output).toContain(`${toml}:4: the folder '${folder}/missing/too' of the audit is not there`);
    expect(output).toMatch(/\n4 errors, 4 warnings; read: .*lodger\.toml, .*qemu-ga\.conf\n$/);
  });

  test("looks at the world that the configuration speaks of", async () => {
    writeFileSync(
      toml,
      `[agent]\nplugins = "/nowhere"\n[audit]\nfile = "${folder}/missing/too/a.jsonl"\n[policy]\nallow = "guest-exce"\n[plugins.fsfreze]\n`,
    );
    const { status, output } = await check("-t", "/nowhere/state");
    expect(status).toBe(1);
    expect(output).toContain(`${toml}:4: the folder '${folder}/missing/too' of the audit is not there`);
    expect(output).toContain("the command line: the state folder '/nowhere/state' is not there");
    expect(output).toContain(`${toml}:2: warning: there is no folder '/nowhere', which --plugins names`);
    expect(output).toContain(`${toml}:6: warning: there is no command 'guest-exce'; is 'guest-exec' meant?`);
    expect(output).toContain(`${toml}:7: warning: there is no plugin 'fsfreze'; is 'fsfreeze' meant?`);
  });

  test("helps, and takes no other word", async () => {
    const { status, output } = await run(program(), ["config", "--help"]);
    expect(status).toBe(0);
    expect(output).toMatch(/^lodger config check /);
    for (const line of output.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    expect(await run(program(), ["config", "show"])).toMatchObject({ status: 1, errors: expect.stringContaining("takes the word check") });
  });
});
