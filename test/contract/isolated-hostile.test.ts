/**
 * Hostile plugins in a process of their own: what each does to itself, that the agent's process is none the worse, that the admin reads who it
 * was, and that no process, zombie or descriptor is left. Those with `RAW` in front speak to the channel themselves.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { PluginSettings } from "../../core/extension/source.ts";
import { endOfLine, whole } from "../quote.ts";
import { descriptors, eventually, Hosted, makeWorld, pluginText, processesWith, type World, zombies } from "./isolated/hosted.ts";
import { ENDS, LOG_BEGINS, LOG_ENDS, NO_ANSWER, NO_PLUGIN, NOT_UP, RAW } from "./isolated/hostile-table.ts";

let world: World;
let hosted: Hosted | undefined;

beforeAll(async () => {
  world = await makeWorld();
});
afterEach(async () => {
  await hosted?.stop().catch(() => undefined);
  hosted = undefined;
  await eventually(async () => expect(processesWith(world.command[1] ?? "")).toEqual([]));
  await eventually(async () => expect(zombies()).toBe(0));
});
afterAll(() => world.close());

const FINE = `simple("guest-fine", () => "fine")`;

async function run(commands: string, more = "", before = "", settings: Partial<PluginSettings> = {}): Promise<Hosted> {
  hosted = new Hosted(world, pluginText(`${FINE}, ${commands}`, more, before), settings);
  await hosted.start();
  return hosted;
}

describe("a hostile plugin that ends is started again, and the admin reads why", () => {
  test.for(ENDS)("%s", { timeout: 60_000 }, async ([, does, reason, more]) => {
    const plugin = await run(`simple("guest-bad", async () => { ${does} })`, "", RAW, { memoryLimit: 128 });
    const before = descriptors();
    const said: unknown = await plugin.call("guest-bad").catch((error: Error) => error.message);
    expect(said).toMatch(new RegExp(`^${NO_ANSWER}`));
    const why = String(said).slice(NO_ANSWER.length);
    expect(why).toMatch(whole(reason));
    await plugin.logged(endOfLine(LOG_BEGINS + why + LOG_ENDS));
    if (more) await plugin.logged(endOfLine(more));
    await expect(plugin.call("guest-fine")).rejects.toThrow(/guest-fine can't run: the plugin guinea is down: /);
    expect(await plugin.callAgain("guest-fine")).toBe("fine");
    await plugin.logged(/^message: plugin guinea: it runs again$/);
    expect(plugin.states.at(-1)).toBe("running: ");
    expect(descriptors()).toBe(before);
  });
});

describe("a hostile plugin that goes on", () => {
  test("is asked for more than goes through the channel: an error, and it goes on", async () => {
    const plugin = await run(`simple("guest-a", () => "a", { arguments: Type.Object({ list: Type.Unsafe({}) }) })`);
    await expect(plugin.call("guest-a", { list: Array.from({ length: 2_000_000 }, () => 1000) })).rejects.toThrow(/more data than/);
    expect(await plugin.call("guest-a", { list: [] })).toBe("a");
  });

  test("hangs: other commands answer, and so does a stop", async () => {
    const plugin = await run(`simple("guest-hang", () => new Promise(() => {}))`);
    const controller = new AbortController();
    const hung = plugin.call("guest-hang", {}, { signal: controller.signal }).catch((error: Error) => error.message);
    expect(await plugin.call("guest-fine")).toBe("fine");
    controller.abort();
    expect(await hung).toBe("guest-hang was given up");
    expect(await plugin.call("guest-fine")).toBe("fine");
  });

  test("never answers a thousand times: it is started again, for it leaks", { timeout: 60_000 }, async () => {
    const plugin = await run(`simple("guest-hang", () => new Promise(() => {}))`);
    const signal = AbortSignal.abort();
    for (let i = 0; i <= 1000; i++) await plugin.call("guest-hang", {}, { signal }).catch(() => undefined);
    await plugin.logged(/1001 commands that were given up have never ended/);
    expect(await plugin.callAgain("guest-fine")).toBe("fine");
  });

  test("throws anything: the client reads an error", async () => {
    const plugin = await run(
      `simple("guest-a", () => { throw null; }), simple("guest-b", () => Promise.reject({ toString() { throw 1; } })), simple("guest-c", () => { throw Object.create(null); }),
       simple("guest-d", () => { const e = new Error("x"); Object.defineProperty(e, "message", { get() { throw 1; } }); throw e; })`,
    );
    for (const name of ["guest-a", "guest-b", "guest-c", "guest-d"]) await expect(plugin.call(name)).rejects.toThrow();
    expect(await plugin.call("guest-fine")).toBe("fine");
  });

  test("returns what is no data: it arrives as data, or is an error", async () => {
    const plugin = await run(
      `simple("guest-cycle", () => { const a = {}; a.a = a; return a; }), simple("guest-odd", () => ({ f() {}, m: new Map([[1, 2]]), toJSON() { return "no"; }, s: Symbol("x") })),
       simple("guest-huge", () => "x".repeat(2 ** 27)), simple("guest-getter", () => ({ get a() { throw new Error("mine"); } }))`,
    );
    await expect(plugin.call("guest-cycle")).rejects.toThrow(/nested deeper/);
    expect(await plugin.call("guest-odd")).toEqual({ f: null, m: {}, toJSON: null, s: null });
    await expect(plugin.call("guest-huge")).rejects.toThrow(/more data than/);
    await expect(plugin.call("guest-getter")).rejects.toThrow("mine");
    expect(await plugin.call("guest-fine")).toBe("fine");
  });

  test("floods the log: a hundred lines a second, and how many more", async () => {
    const plugin = await run(
      `simple("guest-flood", () => { for (let i = 0; i < 50_000; i++) host.log.warning("line " + i); return ""; }),
       simple("guest-print", () => { for (let i = 0; i < 50_000; i++) console.log("printed " + i + "\\u001b[31m"); return ""; })`,
    );
    await plugin.call("guest-flood");
    await plugin.call("guest-print");
    await plugin.logged(/warning: plugin guinea: 49900 more lines within a second are left out/);
    await plugin.logged(/info: plugin guinea: \d+ more lines within a second are left out/);
    expect(plugin.log.lines.length).toBeLessThan(1000);
    expect(plugin.log.lines.join("")).not.toContain("\u001b");
  });

  test("prints without an end and without a newline: memory stays bounded, the rest answers", async () => {
    const plugin = await run(
      `simple("guest-print", () => { setInterval(() => process.stdout.write("x".repeat(1 << 20)), 1); return ""; })`,
    );
    await plugin.call("guest-print");
    const before = process.memoryUsage.rss();
    await pause(3000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
    expect(await plugin.callAgain("guest-fine")).toBe("fine");
  });

  test("leaves children, in its session and in others of their own: they end with it", { timeout: 40_000 }, async () => {
    const plugin = await run(
      `simple("guest-fork", async () => {
        const { spawn } = await import("node:child_process");
        for (const detached of [false, true]) spawn("sleep", ["98765"], { detached, stdio: "inherit" }).unref();
        spawn("setsid", ["setsid", "sleep", "98765"], { stdio: "ignore" }).unref();
        return "";
      }), simple("guest-die", () => process.exit(1))`,
    );
    await plugin.call("guest-fork");
    await eventually(async () => expect(processesWith("sleep\u000098765")).toHaveLength(3));
    await expect(plugin.call("guest-die")).rejects.toThrow();
    await plugin.logged(/3 process\(es\) that it left behind were ended too/);
    await eventually(async () => expect(processesWith("sleep\u000098765")).toEqual([]));
  });

  test("gives a child its channel's number: the child has none", async () => {
    const plugin = await run(
      `simple("guest-fds", async () => (await import("node:child_process")).execFileSync("ls", ["-1", "/proc/self/fd"]).toString().trim().split("\\n").join())`,
    );
    expect(await plugin.call("guest-fds")).toBe("0,1,2,3"); // the last is the folder that ls reads
  });
});

describe("a hostile plugin that doesn't come up", () => {
  const texts = NOT_UP.map(([what, reason, ...texts]) => [what, reason, pluginText(...texts)] as const);

  test.for([...texts, NO_PLUGIN])("%s", { timeout: 30_000 }, async ([, reason, text]) => {
    hosted = new Hosted(world, text, { startMs: 6000 });
    await expect(hosted.start()).rejects.toThrow(whole(reason));
    await eventually(async () => expect(processesWith(world.command[1] ?? "")).toEqual([]));
  });

  test("has no program: it is said which", async () => {
    hosted = new Hosted(world, pluginText(FINE));
    hosted.command = ["/nowhere/lodger"];
    await expect(hosted.load()).rejects.toThrow(/it can't be started: .*\/nowhere\/lodger/);
  });

  test("starts slowly: it is waited for", async () => {
    const plugin = await run(`simple("guest-a", () => "a")`, "", "await new Promise((r) => setTimeout(r, 1500));");
    expect(await plugin.call("guest-a")).toBe("a");
  });

  test("dies in a loop: each pause is twice the last", { timeout: 60_000 }, async () => {
    const plugin = await run(`simple("guest-a", () => "")`, `start: () => { setTimeout(() => process.exit(9), 100); },`);
    await plugin.logged(/started again in 1 s/);
    await plugin.logged(/started again in 2 s/);
    await plugin.logged(/started again in 4 s/);
    await expect(plugin.call("guest-a")).rejects.toThrow(/down: it exited with status 9/);
  });

  test("says something else when it is started again: it stays down", { timeout: 60_000 }, async () => {
    const plugin = await run(`simple("guest-die", () => process.exit(1))`);
    plugin.rewrite(pluginText(`${FINE}, simple("guest-shutdown", () => "")`));
    await plugin.call("guest-die").catch(() => undefined);
    await plugin.logged(/could not be started again: it declares something else/);
    await expect(plugin.call("guest-fine")).rejects.toThrow(/declares something else/);
  });

  test("is not started again while file systems are frozen, and is after the thaw", { timeout: 60_000 }, async () => {
    const plugin = await run(`simple("guest-die", () => process.exit(1))`);
    plugin.state.frozen = true;
    await plugin.call("guest-die").catch(() => undefined);
    await plugin.logged(/started again in 1 s/);
    await pause(2500);
    expect(processesWith(world.command[1] ?? "")).toEqual([]);
    plugin.state.frozen = false;
    expect(await plugin.callAgain("guest-fine")).toBe("fine");
  });

  test("ignores its stop: it is ended when the time is over", async () => {
    const plugin = await run("", "stop: () => new Promise(() => {}),", "", { stopMs: 500 });
    await expect(plugin.stop()).rejects.toThrow(/took longer than 500 ms for its stop/);
    await eventually(async () => expect(processesWith(world.command[1] ?? "")).toEqual([]));
  });
});
