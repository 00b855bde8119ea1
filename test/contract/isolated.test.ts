/** `isolate = true`: a plugin in a process of its own does what it would do in the agent's. */
import { statSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CommandError } from "../../core/errors.ts";
import type { PluginSettings } from "../../core/extension/source.ts";
import { eventually, Hosted, makeWorld, pluginText, processesWith, type World } from "./isolated/hosted.ts";

let world: World;
let hosted: Hosted | undefined;

beforeAll(async () => {
  world = await makeWorld();
});
afterEach(async () => {
  await hosted?.stop().catch(() => undefined);
  hosted = undefined;
});
afterAll(() => world.close());

async function run(commands: string, more = "", settings: Partial<PluginSettings> = {}): Promise<Hosted> {
  hosted = new Hosted(world, pluginText(commands, more), settings);
  await hosted.start();
  return hosted;
}

const ECHO = `command({ name: "guest-echo", since: "1", summary: "One.", arguments: Type.Object({ value: Type.Optional(Type.Unsafe({})), bytes: Type.Optional(Type.Base64()) }),
  returns: Type.Unsafe({}), run: (args) => args })`;

describe("an isolated plugin", () => {
  test("tells what it declares", async () => {
    hosted = new Hosted(
      world,
      pluginText(
        `simple("guest-a", () => "x", { profile: "observe", whileFrozen: true, arguments: Type.Object({ path: Type.String({ role: "path" }) }) })`,
        `summary: "S.", after: ["other"], options: Type.Object({ n: Type.Optional(Type.Int64()) }),`,
      ),
    );
    const plugin = await hosted.load();
    expect(plugin).toMatchObject({ name: "guinea", version: "1.2", summary: "S.", after: ["other"] });
    expect(plugin.options).toEqual({
      type: "object",
      properties: { n: { int64: true } },
      additionalProperties: false,
      plain: true,
    });
    expect(plugin.commands?.({}, {} as never)).toMatchObject([
      { name: "guest-a", since: "1", summary: "One.", profile: "observe", whileFrozen: true, returns: { type: "string" } },
    ]);
  });

  test("gets and gives any value as it is", async () => {
    const plugin = await run(ECHO);
    const value = {
      a: [1, -0, 2 ** 60, 9007199254740993n, -1n, true, null, "ü\0\ud800"],
      $: { $: "bytes" },
      ["__proto__"]: 1,
      long: "é".repeat(50_000),
    };
    const bytes = new Uint8Array([0, 255, 10]);
    expect(await plugin.call("guest-echo", { value, bytes })).toEqual({ value, bytes });
    const large = Buffer.alloc(20 * 1024 * 1024, "lodger");
    const { bytes: back } = (await plugin.call("guest-echo", { bytes: large })) as { bytes: Uint8Array };
    expect(large.equals(back)).toBe(true);
  });

  test("runs calls side by side, each with its answer", async () => {
    const plugin = await run(
      `command({ name: "guest-wait", since: "1", summary: "One.", arguments: Type.Object({ ms: Type.Int64() }), returns: Type.Int64(),
        run: async ({ ms }) => { await new Promise((r) => setTimeout(r, ms)); return ms; } })`,
    );
    expect(await Promise.all([60, 1, 30].map((ms) => plugin.call("guest-wait", { ms })))).toEqual([60, 1, 30]);
  });

  test("has options, a log, a folder, ports of the system and the agent's settings", async () => {
    hosted = new Hosted(
      world,
      pluginText(
        `simple("guest-all", async () => {
          host.log.warning("hello\\nworld"); console.log("printed"); console.error("complained");
          return JSON.stringify({ options: host.options, folder: await host.stateFolder(), os: (await needs.files.readText("/proc/sys/kernel/ostype")).trim(), state: needs.settings.stateDirectory });
        })`,
        `needs: { files: Files, settings: Settings }, options: Type.Object({ n: Type.Int64() }), start: () => {},`,
      ),
    );
    await hosted.start({ n: 7 });
    expect(JSON.parse(String(await hosted.call("guest-all")))).toEqual({
      options: { n: 7 },
      folder: `${world.folder}/state`,
      os: "Linux",
      state: "/nowhere",
    });
    await hosted.logged(/^warning: plugin guinea: hello\\nworld$/);
    await hosted.logged(/^info: plugin guinea: printed$/);
    await hosted.logged(/^warning: plugin guinea: complained$/);
  });

  test("is told when a client gives up, and where a path may lead", async () => {
    const plugin = await run(
      `simple("guest-hang", (_, { signal }) => new Promise(() => signal.addEventListener("abort", () => console.error("given up")))),
       simple("guest-where", (_, { confinement }) => JSON.stringify(confinement("path")), { arguments: Type.Object({ path: Type.String({ role: "path" }) }) })`,
    );
    const controller = new AbortController();
    const answer = plugin.call("guest-hang", {}, { signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toThrow("given up");
    await plugin.logged(/given up/);
    expect(await plugin.call("guest-where", { path: "/x" }, { confinement: { inside: ["/srv"] } })).toBe('{"inside":["/srv"]}');
  });

  test("throws for the client what it means to, and everything else for the log", async () => {
    const plugin = await run(
      `simple("guest-told", () => { throw failed("no such\\nunit"); }), simple("guest-bug", () => { throw new TypeError("oops"); })`,
    );
    await expect(plugin.call("guest-told")).rejects.toBeInstanceOf(CommandError);
    await expect(plugin.call("guest-told")).rejects.toThrow("no such\nunit");
    const error: unknown = await plugin.call("guest-bug").catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ message: "oops", stack: expect.stringContaining("guinea.mjs") });
  });

  test("says itself whether the system can do it", async () => {
    const plugin = await run(
      `simple("guest-a", () => "", { supported: () => "no bus" }), simple("guest-b", () => "", { supported: async () => true })`,
    );
    const commands = plugin.plugin?.commands?.({}, {} as never) ?? [];
    expect(await Promise.all(commands.map((command) => command.supported?.()))).toEqual(["no bus", true]);
  });

  test("stops when it is told to, and leaves no process", async () => {
    const plugin = await run(`simple("guest-a", () => "")`, `stop: (_, host) => console.error("stopped, " + host.signal.aborted),`);
    expect(processesWith(world.command[1] ?? "")).toHaveLength(1);
    await plugin.stop();
    await plugin.logged(/stopped, true/);
    expect(processesWith(world.command[1] ?? "")).toEqual([]);
    await expect(plugin.call("guest-a")).rejects.toThrow("guest-a can't run: the plugin guinea is down: it was stopped");
  });

  test("that is only asked what it has leaves no process either", async () => {
    hosted = new Hosted(world, pluginText(`simple("guest-a", () => "")`), { startMs: 2000 });
    await hosted.load();
    await eventually(async () => expect(processesWith(world.command[1] ?? "")).toEqual([]));
    await hosted.start();
    expect(await hosted.call("guest-a")).toBe("");
  });

  test("runs as the user that the admin says, for good", async () => {
    const plugin = await run(
      `simple("guest-who", async () => {
        let back = "no"; try { process.setuid(0); back = "yes"; } catch {}
        const file = await host.stateFolder() + "/mine";
        (await import("node:fs")).writeFileSync(file, "x");
        return JSON.stringify({ uid: process.getuid(), groups: process.getgroups(), back, file });
      })`,
      "",
      { user: "nobody" },
    );
    const told = JSON.parse(String(await plugin.call("guest-who")));
    expect(told).toMatchObject({ uid: 65534, groups: [65534], back: "no" });
    expect(statSync(told.file)).toMatchObject({ uid: 65534, size: 1 });
  });

  test.for<[string, string, string, RegExp]>([
    ["provides something", "", `provides: { x: new Token("x") }, start: () => ({ x: 1 }),`, /provides something.*isolate = false/],
    ["brings a transport", "", "transports: () => [],", /brings a transport/],
    ["needs what only the agent has", "", "needs: { commands: Commands },", /needs 'commands', which is only in the agent's own process/],
    ["needs another plugin", "", `needs: { x: new Token("other plugin's") },`, /needs 'other plugin's'/],
    ["thaws", `simple("guest-x", () => "", { thaws: true })`, "", /guest-x has 'thaws: true'/],
    ["synchronizes", `simple("guest-x", () => "", { synchronizes: true })`, "", /guest-x has 'synchronizes: true'/],
    [
      "has a pattern in a schema",
      `simple("guest-x", () => "", { arguments: Type.Object({ a: Type.Unsafe({ type: "string", pattern: "(a+)+$" }) }) })`,
      "",
      /has 'pattern'/,
    ],
    ["has another name", "", `name: "other",`, /called 'other', and its file 'guinea'/],
  ])("that %s is refused with the reason", async ([, commands, more, says]) => {
    hosted = new Hosted(world, pluginText(commands, more));
    await expect(hosted.load()).rejects.toThrow(says);
    await eventually(async () => expect(processesWith(world.command[1] ?? "")).toEqual([]));
  });
});
