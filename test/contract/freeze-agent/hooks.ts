/** Hooks around real freezes, and freezes again and again: `hooks.ts FOLDER PROGRAM…`. */
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./agent.ts";
import { play } from "./scenario.ts";

const CYCLES = 100;
let folders = 0;

/** Writes hooks into a new folder. @param scripts by name, what each does; `$1` is "freeze" or "thaw". */
function hooksIn(folder: string, scripts: Readonly<Record<string, string>>) {
  const hooks = join(folder, `hooks-${++folders}`);
  const trace = join(folder, `trace-${folders}`);
  mkdirSync(hooks);
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(hooks, name), `#!/bin/sh\necho ${name} $1 >> ${trace}\n${script}\n`, { mode: 0o755 });
    chmodSync(join(hooks, name), 0o755);
  }
  return { hooks, args: ["--freeze-hooks", hooks], trace: () => readFileSync(trace, "utf8").trim().split("\n") };
}

const messageOf = ({ message }: Error) => message;

await play(async (images) => ({ ext4: await images.add("ext4", "ext4") }), {
  async inOrder({ agent, folder, ext4 }) {
    const single = join(folder, "single");
    const { args, trace } = hooksIn(folder, { "20-b": "echo flushed", "10-a": "", "30-c.bak": "" });
    writeFileSync(single, `#!/bin/sh\necho single $1 >> ${join(folder, "trace-1")}\n`, { mode: 0o755 });
    const { agent: own, client } = await agent({ args: [...args, `--fsfreeze-hook=${single}`] });
    const frozen = await client.freeze(ext4);
    const thawed = await client.thaw();
    await until("the report", () => own.log.includes("flushed"));
    return { frozen, thawed, trace: trace(), log: own.log.replaceAll(folder, "") };
  },

  async hangs({ agent, folder, ext4 }) {
    const { args, trace } = hooksIn(folder, { "1-good": "", "2-hangs": '[ "$1" = thaw ] || sleep 1000', "3-never": "" });
    const { client } = await agent({ args: [...args, "--freeze-hook-timeout=1"] });
    const error = await client.freeze(ext4).catch(messageOf);
    return { error: String(error).replace(folder, ""), status: await client.status(), trace: trace() };
  },

  async fails({ agent, folder, ext4 }) {
    const { args, trace } = hooksIn(folder, { "1-good": "", "2-fails": '[ "$1" = thaw ] || { echo "no database"; exit 3; }' });
    const { client } = await agent({ args });
    const error = await client.freeze(ext4).catch(messageOf);
    return { error: String(error).replace(folder, ""), status: await client.status(), trace: trace() };
  },

  /** Everything is thawed all the same. */
  async failsToThaw({ agent, images, folder, ext4 }) {
    const [writer] = await images.writeTo(ext4);
    const { args } = hooksIn(folder, { "1-fails": '[ "$1" = freeze ]' });
    const { client } = await agent({ args });
    await client.freeze(ext4);
    const error = await client.thaw().catch(messageOf);
    await writer?.next();
    return { error: String(error).replace(folder, ""), status: await client.status() };
  },

  async notRoots({ agent, folder, ext4 }) {
    const others = hooksIn(folder, { theirs: "" });
    chownSync(join(others.hooks, "theirs"), 65534, 65534);
    const writable = hooksIn(folder, { open: "" });
    chmodSync(join(writable.hooks, "open"), 0o777);
    const inOpenFolder = hooksIn(folder, { good: "" });
    chmodSync(inOpenFolder.hooks, 0o777);
    const errors: unknown[] = [];
    for (const { args } of [others, writable, inOpenFolder]) {
      const { client } = await agent({ args });
      errors.push(String(await client.freeze(ext4).catch(messageOf)).replace(folder, ""));
    }
    return { errors, ran: existsSync(join(folder, `trace-${folders}`)) };
  },

  /** A thaw, and an end of the agent, while a hook runs: the hooks that know of the freeze hear of its end, once. */
  async givenUp({ agent, folder, ext4 }) {
    const { args, trace } = hooksIn(folder, { "1-good": "", "2-slow": '[ "$1" = thaw ] || sleep 1000', "3-never": "" });
    const { agent: own, client } = await agent({ args });
    const other = await own.connect();
    const freezing = client.freeze(ext4).catch(messageOf);
    await until("the hook runs", () => existsSync(join(folder, `trace-${folders}`)) && trace().includes("2-slow freeze"));
    const thawed = await other.thaw();
    return { error: await freezing, thawed, trace: trace() };
  },

  async terminatedDuringHook({ agent, folder, ext4 }) {
    const { args, trace } = hooksIn(folder, { "1-slow": '[ "$1" = thaw ] && sleep 1.2 && echo 1-slow ended >> ../trace || sleep 1000' });
    const script = join(folder, `hooks-${folders}`, "1-slow");
    writeFileSync(script, readFileSync(script, "utf8").replace("../trace", join(folder, `trace-${folders}`)));
    const { agent: own, client } = await agent({ args });
    client.freeze(ext4).catch(() => undefined);
    await until("the hook runs", () => existsSync(join(folder, `trace-${folders}`)));
    await own.end();
    return { status: own.process.exitCode, trace: trace() };
  },

  /** A thaw of another client comes in any moment of a freeze. */
  async thawedAtAnyMoment({ agent, images, folder, ext4 }) {
    const [writer] = await images.writeTo(ext4);
    const { args, trace } = hooksIn(folder, { "1-hook": "" });
    const { agent: own, client } = await agent({ args });
    const other = await own.connect();
    const outcomes = new Set<unknown>();
    for (let delay = 0; delay < 200; delay += 20) {
      const freezing = client.freeze(ext4).catch(messageOf);
      await sleep(delay);
      const thawing = other.thaw();
      outcomes.add(await freezing);
      await thawing;
      if ((await other.status()) === "frozen") await other.thaw(); // the first one came first
      await writer?.next();
    }
    await until("its guards have ended", () => own.guards().length === 0);
    const events = trace();
    const untold = events.filter((event, index) => event === "1-hook freeze" && events[index + 1] !== "1-hook thaw").length;
    return { outcomes: [...outcomes].sort(), untold, status: await client.status() };
  },

  /** Clients that know nothing of each other. */
  async atOnce({ agent, images, ext4 }) {
    const [writer] = await images.writeTo(ext4);
    const { agent: own, client } = await agent();
    const outcomes = new Set<unknown>();
    const clients = await Promise.all([own.connect(), own.connect(), own.connect()]);
    await Promise.all(
      clients.map(async (each, index) => {
        for (let round = 0; round < 10; round++) {
          outcomes.add(await each.freeze(ext4).catch(messageOf));
          await sleep(10 * index);
          outcomes.add(await each.thaw());
        }
      }),
    );
    await writer?.next();
    return { outcomes: [...outcomes].sort(), status: await client.status(), guards: own.guards().length };
  },

  /** A host that has asked for a thaw needn't wait for it. */
  async thawedByWhoLeaves({ agent, images, ext4 }) {
    const [writer] = await images.writeTo(ext4);
    const { agent: own, client } = await agent();
    const other = await own.connect();
    const frozen = await client.freeze(ext4);
    client.thaw().catch(() => undefined);
    client.leave();
    await until("it is thawed", async () => (await other.status()) === "thawed");
    await writer?.next();
    return { frozen, thawed: await other.thaw() };
  },

  async againAndAgain({ agent, images, ext4 }) {
    await images.writeTo(ext4);
    const { agent: own, client } = await agent();
    const frozen = new Set<unknown>();
    const thawed = new Set<unknown>();
    const cycle = async () => {
      images.goOn(); // on a slow machine all of them take longer than a watchdog waits
      frozen.add(await client.freeze(ext4));
      thawed.add(await client.thaw());
    };
    const now = () => ({
      descriptors: readdirSync(`/proc/${own.pid}/fd`).length,
      guards: own.guards().length,
      kilobytes: Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${own.pid}/status`, "utf8"))?.[1]),
    });
    for (let round = 0; round < 20; round++) await cycle();
    const before = now();
    const start = performance.now();
    for (let round = 20; round < CYCLES; round++) await cycle();
    const milliseconds = (performance.now() - start) / (CYCLES - 20);
    return { frozen: [...frozen], thawed: [...thawed], before, after: now(), milliseconds };
  },
});
