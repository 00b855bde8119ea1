/**
 * Plugins from disk, as an admin has them: what is found, what they are given, what a reload changes, how they end. One suite for the bundle
 * and the executable.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../build/paths.ts";
import { type Ended, type Program, type Running, serve } from "./program.ts";

interface Host extends Running {
  readonly home: string;
  log(): string;
  logs(says: RegExp): Promise<void>;
  write(files: Readonly<Record<string, string>>): void;
  statuses(): Record<string, { state: string; reason?: string; version?: string; commands: string[] }>;
  /** Writes, sends SIGHUP and waits for what the log then says. */
  reload(files: Readonly<Record<string, string>>, says: RegExp): Promise<void>;
}

async function end(agent: Host): Promise<Ended> {
  const ended = await agent.end();
  expect(ended).toMatchObject({ status: 0, output: "", errors: "" });
  expect(ended.afterMs).toBeLessThan(1000);
  return ended;
}

/** A plugin whose command `guest-NAME` answers a text. */
function answering(name: string, expression: string, more = ""): string {
  return `import { command, definePlugin, Token, Type } from "lodger/plugin"; ${more.startsWith("import") ? more : ""}
    export default definePlugin({ name: "${name}", ${more.startsWith("import") ? "" : more}
      commands: (needs, host) => [command({ name: "guest-${name}", since: "1.0", summary: "Answers.", returns: Type.String(), run: async () => ${expression} })] });`;
}

const ask = (agent: Host, name: string) => agent.ask({ execute: `guest-${name}` });
const missing = { error: { class: "CommandNotFound" } };

/** @param program is there once the suite's own `beforeAll` hooks have run. */
export function pluginSuite(program: () => Program): void {
  let folder: string;
  let count = 0;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lodger-plugins-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** @param files below a folder of its own: `plugins/…`, `lodger.toml`. */
  function host(files: Readonly<Record<string, string>>, ...more: readonly string[]): Host {
    const home = join(folder, String(++count));
    const write = (written: Readonly<Record<string, string>>) => {
      for (const [path, text] of Object.entries(written)) {
        mkdirSync(dirname(join(home, path)), { recursive: true });
        writeFileSync(join(home, path), text, { mode: 0o644 });
      }
    };
    write({ "lodger.toml": "", "state/.keep": "", ...files });
    const [socket, state, log] = [join(home, "s"), join(home, "state"), join(home, "log")];
    const args = ["-m", "unix-listen", "-p", socket, "-t", state, "-l", log, "-v", "--plugins", join(home, "plugins")];
    const running = serve(
      program(),
      socket,
      [...args, "--scripts", join(home, "commands"), "--lodger-config", join(home, "lodger.toml"), ...more],
      { cwd: home },
    );
    const read = () => (existsSync(log) ? readFileSync(log, "utf8") : "");
    const logs = async (says: RegExp, from = 0) => {
      for (let tries = 0; tries < 200 && !says.test(read().slice(from)); tries++) await pause(50);
      expect(read().slice(from)).toMatch(says);
    };
    return {
      ...running,
      home,
      write,
      log: read,
      logs,
      statuses() {
        const { plugins } = JSON.parse(readFileSync(join(state, "lodger-plugins.json"), "utf8")) as { plugins: { name: string }[] };
        return Object.fromEntries(plugins.map((plugin) => [plugin.name, plugin])) as unknown as ReturnType<Host["statuses"]>;
      },
      async reload(written, says) {
        const before = read().length;
        write(written);
        process.kill(running.pid, "SIGHUP");
        await logs(says, before);
      },
    };
  }

  test("the teaching plugin, named on the command line, with options from lodger.toml", async () => {
    const toml = '[plugins.hello.options]\ngreeting = "good day"\n';
    const agent = host({ "lodger.toml": toml }, "--plugin", join(root, "plugins/hello"));
    expect(await agent.ask({ execute: "guest-hello", arguments: { name: "Ada" } })).toMatchObject({ return: { greeting: "good day Ada" } });
    expect(await agent.ask({ execute: "guest-hello", arguments: { nam: "Ada" } })).toMatchObject({
      error: { desc: "Parameter 'nam' is unexpected" },
    });
    expect(agent.statuses().hello).toMatchObject({ version: "1.0.0", kind: "in-process", state: "running", commands: ["guest-hello"] });
    await end(agent);
  });

  test("a plugin's transport is chosen by --method, as one of the agent's own", async () => {
    const transport = `import { createServer } from "node:net"; import { definePlugin } from "lodger/plugin";
      export default definePlugin({ name: "own-way", transports: () => [{ name: "own-way", summary: "A way of its own.",
        async listen({ path }, log, signal) {
          const waiting = []; let wake = () => {};
          const server = createServer((socket) => { waiting.push(socket); wake(); }).listen(path);
          signal.addEventListener("abort", () => { server.close(); wake(); });
          await new Promise((resolve) => server.once("listening", resolve));
          return (async function* () {
            while (!signal.aborted) {
              const socket = waiting.shift();
              if (socket) yield { peer: "own", bytes: socket, closed: new Promise((resolve) => socket.once("close", resolve)),
                send: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())), close: () => void socket.destroy() };
              else await new Promise((resolve) => { wake = resolve; });
            }
          })();
        } }] });`;
    const agent = host({ "plugins/own-way.mjs": transport }, "-m", "own-way");
    expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    await end(agent);
    const lost = host({ "plugins/a.mjs": answering("a", '"a"') }, "-m", "no-way");
    expect(await lost.ended).toMatchObject({
      status: 1,
      errors: expect.stringContaining("unsupported channel method/type: no-way; no plugin brings it"),
    });
  });

  test("every kind of file and folder in the folder of plugins; what is none of them is passed over or refused", async () => {
    const cjs = (name: string) =>
      `const { command, definePlugin, Type } = require("lodger/plugin"); module.exports = definePlugin({ name: "${name}", commands: () => [command({ name: "guest-${name}", since: "1", summary: "x", returns: Type.String(), run: () => "${name}" })] });`;
    const agent = host({
      "plugins/a-ts.ts": answering("a-ts", '"a-ts" as string'),
      "plugins/a-mts.mts": answering("a-mts", '"a-mts" as string'),
      "plugins/a-mjs.mjs": answering("a-mjs", '"a-mjs"'),
      "plugins/a-js.js": answering("a-js", '"a-js"'),
      "plugins/a-cjs.cjs": cjs("a-cjs"),
      "plugins/a-common-js.js": cjs("a-common-js"),
      "plugins/folder/index.ts": answering("folder", "other as string", 'import other from "./other.ts";'),
      "plugins/folder/other.ts": 'export default "folder" as string;',
      "plugins/package/package.json": '{ "exports": { ".": { "import": "./dist/main.js" } }, "type": "module" }',
      "plugins/package/dist/main.js": answering(
        "package",
        "text",
        'import { text } from "an-npm-package"; import { readFileSync } from "node:fs";',
      ),
      "plugins/package/node_modules/an-npm-package/package.json": '{ "name": "an-npm-package", "main": "index.js" }',
      "plugins/package/node_modules/an-npm-package/index.js": 'exports.text = "package";',
      "plugins/older/package.json": '{ "main": "lib" }',
      "plugins/older/lib.js": cjs("older"),
      "plugins/.hidden.mjs": "throw 1;",
      "plugins/a-mjs.mjs~": "throw 1;",
      "plugins/types.d.ts": "throw 1;",
      "plugins/a-mjs.test.ts": "throw 1;",
      "plugins/README.md": "",
      "plugins/node_modules/x/index.js": "throw 1;",
      "plugins/Bad_Name.mjs": "throw 1;",
      "plugins/program.py": "",
      "plugins/empty/README.md": "",
      "plugins/twice.mjs": answering("twice", '"mjs"'),
      "plugins/twice.ts": answering("twice", '"ts"'),
    });
    const names = ["a-ts", "a-mts", "a-mjs", "a-js", "a-cjs", "a-common-js", "folder", "package", "older"];
    for (const name of names) expect(await ask(agent, name)).toEqual({ return: name });
    await agent.logs(/plugin Bad_Name is left out: .*'Bad_Name' is no plugin's name: use small letters/);
    await agent.logs(/plugin program\.py is left out: .*its name has to end in \.ts/);
    await agent.logs(/plugin empty is left out: .*it has no index\.ts/);
    await agent.logs(/plugin twice is left out: .*twice\.ts: the plugin 'twice' is also in .*twice\.mjs/);
    const left = agent.log().match(/is left out: /g) ?? [];
    const unsupported = agent.log().match(/info: guest-\S+ is left out: /g) ?? [];
    expect(left.length - unsupported.length).toBe(4);
    await end(agent);
  });

  test("files that others may write to are refused, and the rest runs", async () => {
    const agent = host({ "plugins/good.mjs": answering("good", '"good"'), "plugins/bad.mjs": answering("bad", '"bad"') });
    expect(await ask(agent, "bad")).toEqual({ return: "bad" });
    await end(agent);
    chmodSync(join(agent.home, "plugins/bad.mjs"), 0o666);
    const again = host({}, "--plugins", join(agent.home, "plugins"));
    expect(await ask(again, "good")).toEqual({ return: "good" });
    expect(await ask(again, "bad")).toMatchObject(missing);
    await again.logs(/plugin bad is left out: .*bad\.mjs: others than its owner may write to it: 'chmod go-w/);
    await end(again);
  });

  describe("what a plugin is given", () => {
    test("needs of another plugin, started first; start and stop in order; a folder of its own, mode 0700", async () => {
      const agent = host({
        "plugins/a-user.mjs": `import { command, definePlugin, Token, Type } from "lodger/plugin";
        export default definePlugin({ name: "a-user", needs: { word: new Token("the word") },
          start({ word }, host) { host.log.info("started with " + word()); },
          async stop(_, host) { host.log.info("stopped " + host.signal.aborted); },
          commands: ({ word }, host) => [command({ name: "guest-a-user", since: "1", summary: "x", returns: Type.String(), run: () => word() }),
            command({ name: "guest-folder", since: "1", summary: "x", returns: Type.String(), run: () => host.stateFolder() })] });`,
        "plugins/z-provider.mjs": `import { definePlugin, Token } from "lodger/plugin";
        export default definePlugin({ name: "z-provider", provides: { word: new Token("the word") },
          start: async (_, host) => { host.log.info("provides"); return { word: () => "a word" }; }, stop(_, host) { host.log.info("stopped"); } });`,
      });
      expect(await ask(agent, "a-user")).toEqual({ return: "a word" });
      const { return: own } = (await ask(agent, "folder")) as { return: string };
      expect(own).toBe(join(agent.home, "state/lodger-plugins/a-user"));
      expect(statSync(own).mode & 0o7777).toBe(0o700);
      await end(agent);
      expect(agent.log()).toMatch(
        /plugin z-provider: provides\n[\s\S]*plugin a-user: started with a word\n[\s\S]*a-user: stopped true\n[\s\S]*z-provider: stopped\n/,
      );
      expect(readdirSync(join(agent.home, "state"))).not.toContain("lodger-plugins.json");
    });

    test("options that its schema forbids: the file and line of each, and the nearest name", async () => {
      const agent = host({
        "plugins/opt.mjs": answering(
          "opt",
          "host.options.units.join()",
          "options: Type.Object({ units: Type.Array(Type.String()), retries: Type.Optional(Type.Int64()) }),",
        ),
        "lodger.toml": "\n[plugins.opt.options]\nunits = [\n  'a',\n  5,\n]\nretrys = 1\n[plugins.op]\nenabled = true\n",
      });
      await agent.logs(/plugin opt is left out: .*lodger\.toml:5: 'units\.1' of \[plugins\.opt\.options\] has to be string/);
      await agent.logs(/lodger\.toml:7: 'retrys' is unknown in \[plugins\.opt\.options\]; is 'retries' meant\?/);
      await agent.logs(/lodger\.toml:8: \[plugins\.op\] is about a plugin that isn't there: is 'opt' meant\?/);
      await agent.reload({ "lodger.toml": "[plugins.opt.options]\nunits = ['a', 'b']\n" }, /plugin opt runs/);
      expect(await ask(agent, "opt")).toEqual({ return: "a,b" });
      await agent.reload(
        { "lodger.toml": "[plugins.opt.options]\nunits = 'a'\n" },
        /lodger\.toml:2: 'units' of \[plugins\.opt\.options\] has to be array/,
      );
      expect(await ask(agent, "opt")).toEqual({ return: "a,b" });
      await end(agent);
    });
  });

  test("a reload starts what is new, stops what is gone or off, loads anew what has changed, and leaves the rest running", async () => {
    const counting = (name: string, text: string) =>
      answering(name, `"${text}" + ++globalThis.counts.${name}`, `start() { (globalThis.counts ??= {}).${name} = 0; },`);
    const agent = host({
      "plugins/same.mjs": counting("same", "same"),
      "plugins/changed.mjs": counting("changed", "one"),
      "plugins/gone.mjs": counting("gone", "gone"),
    });
    for (const [name, text] of [
      ["same", "same1"],
      ["changed", "one1"],
      ["gone", "gone1"],
    ] as const)
      expect(await ask(agent, name)).toEqual({ return: text });
    rmSync(join(agent.home, "plugins/gone.mjs"));
    await agent.reload(
      { "plugins/changed.mjs": counting("changed", "two"), "plugins/fresh.mjs": counting("fresh", "fresh"), "lodger.toml": "\n" },
      /plugin fresh runs/,
    );
    expect(await ask(agent, "same")).toEqual({ return: "same2" });
    expect(await ask(agent, "changed")).toEqual({ return: "two1" });
    expect(await ask(agent, "fresh")).toEqual({ return: "fresh1" });
    expect(await ask(agent, "gone")).toMatchObject(missing);
    await agent.reload(
      { "plugins/changed.mjs": "export default {", "lodger.toml": "[plugins.fresh]\nenabled = false\n" },
      /plugin changed has changed and can't be loaded, so it goes on as it was/,
    );
    await agent.logs(/plugin fresh is off/);
    expect(await ask(agent, "changed")).toEqual({ return: "two2" });
    expect(await ask(agent, "fresh")).toMatchObject(missing);
    expect(agent.statuses()).toMatchObject({
      fresh: { state: "off" },
      changed: { state: "running", reason: expect.stringContaining("changed, and not taken") },
    });
    await end(agent);
  });

  test("other options start it anew, and another file loads it anew", async () => {
    const plugin = (text: string) => `globalThis.loads = (globalThis.loads ?? 0) + 1;
      ${answering("opt", `"${text}" + host.options.unit + globalThis.loads`, "options: Type.Object({ unit: Type.String() }),")}`;
    const options = (unit: string) => ({ "lodger.toml": `[plugins.opt.options]\nunit = "${unit}"\n` });
    const agent = host({ "plugins/opt.mjs": plugin("one"), ...options("a") });
    expect(await ask(agent, "opt")).toEqual({ return: "onea1" });
    await agent.reload(options("b"), /plugin opt runs/);
    expect(await ask(agent, "opt")).toEqual({ return: "oneb1" });
    await agent.reload({ "plugins/opt.mjs": plugin("two") }, /plugin opt runs/);
    expect(await ask(agent, "opt")).toEqual({ return: "twob2" });
    await end(agent);
  });

  test("where there are no plugins nothing is loaded or written for them", async () => {
    const agent = host({});
    expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    expect(readdirSync(join(agent.home, "state")).sort()).toEqual([".keep", "qga.state"]);
    await end(agent);
  });

  test("a sync that gives a command up says whose it was", async () => {
    const agent = host({ "plugins/slow.mjs": answering("slow", "new Promise((resolve) => setTimeout(resolve, 600, 'late'))") });
    const { createConnection } = await import("node:net");
    await agent.ask({ execute: "guest-ping" });
    const client = createConnection(join(agent.home, "s"));
    client.write('{"execute":"guest-slow"}\n{"execute":"guest-sync","arguments":{"id":5}}\n');
    const [answer] = (await Promise.race([client.take(1).toArray(), pause(5000)])) as [Buffer];
    expect(String(answer)).toBe('{"return": 5}\n');
    await agent.logs(/a sync gives up 1 request\(s\) before it that took longer than 250 ms: guest-slow of the plugin 'slow' is running/);
    await agent.logs(/an answer was dropped, of guest-slow of the plugin 'slow'/);
    await end(agent);
  });
}
