/** Script commands of a whole agent: the pages's examples as a reader would type them, those to install, and what an agent does with the bad ones. */
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { onRuntime } from "../runtimes/runtime.ts";
import { type Running, run, serve } from "./program.ts";
import { isShown, scriptsPage } from "./scripts-page.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples/scripts");

let program: string;
let folder: string;
let commands: string;
let agent: Running | undefined;

beforeAll(async () => {
  // Inside of the project, because koffi comes from its node_modules.
  mkdirSync(cache, { recursive: true });
  program = mkdtempSync(join(cache, "test-scripts-"));
  chmodSync(program, 0o755);
  await bundle({ outfile: join(program, "lodger.cjs") });
});
afterAll(() => rmSync(program, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(program, "run-"));
  chmodSync(folder, 0o755);
  commands = join(folder, "commands");
  mkdirSync(commands, { mode: 0o755 });
});
afterEach(async () => {
  await agent?.end();
  agent = undefined;
});

const lodger = () => onRuntime(join(program, "lodger.cjs"));
const socket = () => join(folder, "s");
const log = () => readFileSync(join(folder, "log"), "utf8");

function start(): Running {
  const args = ["-v", "-l", join(folder, "log"), "-m", "unix-listen", "-p", socket(), "-t", folder, "--scripts", commands];
  agent = serve(lodger(), socket(), args);
  return agent;
}

function write(name: string, text: string, mode = 0o755): void {
  writeFileSync(join(commands, name), text);
  chmodSync(join(commands, name), mode);
}

function script(name: string, text: string, more = ""): void {
  write(`${name}.sh`, `#!/bin/sh\n${text}\n`);
  write(`${name}.toml`, `command = "guest-${name}"\nsummary = "Tests."\n${more}`, 0o644);
}

async function returned<T>(execute: string, args: object = {}): Promise<T> {
  const answer = (await agent?.ask({ execute, arguments: args })) as { readonly return: T } | undefined;
  if (answer === undefined) throw new Error("no agent runs");
  return answer.return;
}

async function supported(): Promise<Map<string, boolean>> {
  const info = await returned<{ supported_commands: { name: string; enabled: boolean }[] }>("guest-info");
  return new Map(info.supported_commands.map(({ name, enabled }) => [name, enabled]));
}

describe("docs/scripts.md", () => {
  test("every file on it is one that the agent takes, and every command prints what it shows", { timeout: 60_000 }, async () => {
    const { files, typed, blocks } = scriptsPage();
    expect(files.map(({ path }) => basename(path))).toEqual(["disk-space.py", "disk-space.toml", "kernel.sh", "kernel.toml", "greet.toml"]);
    expect(typed.length).toBeGreaterThan(10);
    expect(blocks).toBe(10);
    for (const { path, text } of files) write(basename(path), text, path.endsWith(".toml") ? 0o644 : 0o755);
    start();
    expect(await agent?.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    writeFileSync(join(folder, "lodger"), `#!/bin/sh\nexec ${lodger().join(" ")} "$@"\n`, { mode: 0o755 });
    const environment = { PATH: `${folder}:/usr/bin:/bin` };
    for (const { command, output } of typed) {
      const real = command.replaceAll("/run/guest.sock", socket()).replaceAll("/etc/lodger/commands", commands);
      const { stdout } = spawnSync("/bin/sh", ["-c", `exec 2>&1; ${real}`], { env: environment, encoding: "utf8" });
      expect(isShown(stdout, output.replace(/\n+$/, stdout === "" ? "" : "\n")), `${command}: ${stdout}`).toBe(true);
    }
  });

  test("the tables name every key", () => {
    const page = readFileSync(join(EXAMPLES, "../../docs/scripts.md"), "utf8");
    const source = readFileSync(join(EXAMPLES, "../../core/extension/script/manifest.ts"), "utf8");
    const shape = readFileSync(join(EXAMPLES, "../../core/extension/script/shape.ts"), "utf8");
    const keys = [...`${source}${shape}`.matchAll(/section(?:\.(?:one|list|tables)\(|, )"([a-z-]+)"/g)].map(([, key = ""]) => key);
    expect(new Set(keys).size).toBeGreaterThan(20);
    for (const key of keys) expect(page, key).toMatch(new RegExp(`^\\| \`${key}\` +\\|`, "m"));
  });
});

describe("examples/scripts", () => {
  const install = () => {
    for (const file of globSync("*/*.{toml,py,sh}", { cwd: EXAMPLES })) copyFileSync(join(EXAMPLES, file), join(commands, basename(file)));
  };

  test("run on this system, as nobody", { timeout: 60_000 }, async () => {
    install();
    start();
    expect(await agent?.ask({ execute: "guest-load-average" })).toEqual({
      return: { one: expect.any(Number), five: expect.any(Number), fifteen: expect.any(Number) },
    });
    const updates = await returned<{ count: number; security: number; packages: unknown[] }>("guest-pending-updates", { limit: 3 });
    expect(updates).toMatchObject({ manager: "apt", "restart-required": existsSync("/run/reboot-required") });
    expect(updates.packages.length).toBe(Math.min(3, updates.count));
    expect(updates.security).toBeLessThanOrEqual(updates.count);
  });

  /** What the example makes of a package manager that prints this. */
  function pending(managers: Readonly<Record<string, string>>, input: object = {}): unknown {
    const bin = mkdtempSync(join(folder, "bin-"));
    for (const [name, text] of Object.entries(managers)) writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const path = join(EXAMPLES, "pending-updates/pending-updates.py");
    const done = spawnSync("/usr/bin/python3", [path], { input: JSON.stringify(input), env: { PATH: bin }, encoding: "utf8" });
    return { status: done.status, ...(JSON.parse(done.stdout) as object) };
  }

  const apt = [
    "Inst bash [5.2.15-2+b8] (5.2.15-2+b13 Debian:12.15/oldstable [amd64])",
    "Inst unzip [6.0-28] (6.0-28+deb12u1 Debian-Security:12/oldstable-security [amd64]) []",
    "Inst new-library (1.0 Debian:12.15/oldstable [amd64])",
    "Conf bash (5.2.15-2+b13 Debian:12.15/oldstable [amd64])",
  ];
  const bash = { name: "bash", installed: "5.2.15-2+b8", candidate: "5.2.15-2+b13", security: false };
  const unzip = { name: "unzip", installed: "6.0-28", candidate: "6.0-28+deb12u1", security: true };

  test("apt's updates, all of them or those for security", () => {
    const manager = { "apt-get": `[ "$LC_ALL" = C ] && echo '${apt.join("\n")}'` };
    expect(pending(manager)).toMatchObject({ status: 0, manager: "apt", count: 2, security: 1, packages: [bash, unzip] });
    expect(pending(manager, { "security-only": true })).toMatchObject({ count: 2, security: 1, packages: [unzip] });
    expect(pending(manager, { limit: 1 })).toMatchObject({ count: 2, packages: [bash] });
    expect(pending(manager, { limit: -1 })).toMatchObject({ count: 2, packages: [] });
  });

  test("dnf's updates, whose exit status says that there are some", () => {
    const dnf = `case "$*" in
      *updateinfo*) echo 'RHSA-2026:1 Important/Sec. bash-5.2.26-3.el9.x86_64';;
      *) printf '\\nbash.x86_64    5.2.26-3.el9    baseos\\nvim-minimal.x86_64  2:9.1-1.el9  appstream\\nObsoleting Packages\\nold.x86_64  1-1  baseos\\n'; exit 100;;
    esac`;
    expect(pending({ dnf, "needs-restarting": "exit 1" })).toEqual({
      status: 0,
      manager: "dnf",
      count: 2,
      security: 1,
      "restart-required": true,
      packages: [
        { name: "bash", candidate: "5.2.26-3.el9", security: true },
        { name: "vim-minimal", candidate: "2:9.1-1.el9", security: false },
      ],
    });
  });

  test("neither, or one that fails", () => {
    expect(pending({})).toEqual({ status: 1, error: "neither apt-get nor dnf is installed" });
    expect(pending({ "apt-get": "exit 100" })).toEqual({ status: 1, error: "apt-get failed with exit status 100" });
  });
});

describe("an agent", () => {
  test("takes the good ones, and tells of each bad one why it doesn't", async () => {
    script("good", "echo '{}'");
    script("unknown-key", "echo '{}'", "tiemout = 5\n");
    script("ping", "echo '{}'");
    script("world", "echo '{}'");
    chmodSync(join(commands, "world.sh"), 0o777);
    script("no-user", "echo '{}'", 'user = "no-such-user"\n');
    script("twin", "echo '{}'");
    write("other-twin.sh", "#!/bin/sh\n");
    write("other-twin.toml", 'command = "guest-twin"\nsummary = "Tests."\n', 0o644);
    start();
    const known = await supported();
    for (const name of ["good", "ping"]) expect(known.get(`guest-${name}`)).toBe(true);
    for (const name of ["unknown-key", "world", "no-user"]) expect(known.has(`guest-${name}`), name).toBe(false);
    expect(await agent?.ask({ execute: "guest-good" })).toEqual({ return: {} });
    for (const text of [
      `${commands}/unknown-key.toml:3: 'tiemout' is unknown; is 'timeout' meant?`,
      `${commands}/world.sh: others than its owner may write to it: 'chmod go-w ${commands}/world.sh'`,
      "there is no user 'no-such-user'",
      "guest-ping is there already",
      "guest-twin is there already",
    ]) {
      expect(log()).toContain(text);
    }
  });

  test("takes new ones, changed ones and leaves removed ones on SIGHUP", async () => {
    script("changes", "echo '{}'");
    script("goes", "echo '{}'");
    const { pid } = start();
    expect((await supported()).has("guest-goes")).toBe(true);
    script("comes", "echo '{}'");
    script("changes", "echo 5", '[returns]\ntype = "integer"\n');
    rmSync(join(commands, "goes.toml"));
    process.kill(pid, "SIGHUP");
    await expect.poll(async () => (await supported()).has("guest-comes"), { timeout: 10_000 }).toBe(true);
    await expect.poll(async () => (await supported()).has("guest-goes"), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => returned("guest-changes"), { timeout: 10_000 }).toBe(5);
  });

  test("tells all that is wrong with a manifest by 'plugin check'", async () => {
    script("bad", "echo '{}'", "tiemout = 5\nprofil = 1\n");
    script("good", "echo '{}'");
    const check = (name: string) => run(lodger(), ["plugin", "check", join(commands, `${name}.toml`)]);
    const bad = await check("bad");
    expect(bad.status).toBe(1);
    expect(`${bad.output}${bad.errors}`).toMatch(/bad\.toml:3: 'tiemout' is unknown[\s\S]*bad\.toml:4: 'profil' is unknown/);
    expect(await check("good")).toMatchObject({ status: 0 });
  });

  test("goes on while a script hangs, and a sync gives it up", async () => {
    script("hang", `echo $$ >${folder}/pid; exec tail -f /dev/null`);
    script("quick", "echo '{}'");
    start();
    expect(await agent?.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    const hanging = spawnSync("/bin/sh", [
      "-c",
      `printf '{"execute": "guest-hang"}\\n{"execute": "guest-sync", "arguments": {"id": 5}}\\n' | timeout 10 socat -t5 - UNIX-CONNECT:${socket()}`,
    ]);
    expect(hanging.stdout.toString()).toBe('{"return": 5}\n');
    const pid = readFileSync(join(folder, "pid"), "utf8").trim();
    await expect.poll(() => existsSync(`/proc/${pid}/cwd`)).toBe(false);
    expect(await agent?.ask({ execute: "guest-quick" })).toEqual({ return: {} });
  });

  test("that ends takes along what still runs, with its children", async () => {
    script("hang", `setsid tail -f /dev/null & echo $! >${folder}/pid; wait`);
    const running = start();
    expect(await running.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    running.ask({ execute: "guest-hang" }).catch(() => undefined);
    await expect.poll(() => existsSync(join(folder, "pid")) && readFileSync(join(folder, "pid"), "utf8")).toMatch(/\d+\n/);
    const pid = readFileSync(join(folder, "pid"), "utf8").trim();
    expect(existsSync(`/proc/${pid}/cwd`)).toBe(true);
    agent = undefined;
    const { status, errors } = await running.end();
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    await expect.poll(() => existsSync(`/proc/${pid}/cwd`)).toBe(false);
  });

  test("hands over and takes back every kind of value, by any program", async () => {
    write(
      "cat.toml",
      `command = "guest-cat"\nsummary = "Tests."\nprogram = "/bin/cat"\n[arguments]\nn = { type = "integer" }\nd = { type = "bytes" }\n[returns.members]\nn = { type = "integer" }\nd = { type = "bytes" }\n`,
      0o644,
    );
    write(
      "awk.toml",
      `command = "guest-awk"\nsummary = "Tests."\nprogram = "/usr/bin/awk"\nargs = ["{ print length }"]\n[returns]\ntype = "integer"\n`,
      0o644,
    );
    write("perl.pl", "#!/usr/bin/env perl\nprint '{\"sum\": ', 1 + 2, '}';\n");
    write("perl.toml", 'command = "guest-perl"\nsummary = "Tests."\n', 0o644);
    start();
    await agent?.ask({ execute: "guest-ping" });
    const raw = await run(lodger(), ["call", socket(), "guest-cat", '{"n": -9223372036854775808, "d": "AP8="}']);
    expect(raw).toMatchObject({ status: 0, output: '{"n": -9223372036854775808, "d": "AP8="}\n' });
    expect(await agent?.ask({ execute: "guest-awk" })).toEqual({ return: 2 });
    expect(await agent?.ask({ execute: "guest-perl" })).toEqual({ return: { sum: 3 } });
  });
});
