/** The audit of an agent as its users run it, also on disks that are full or frozen: `audit.ts FOLDER PROGRAM…`. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Datagrams } from "../audit/datagrams.ts";
import { type Client, until } from "./agent.ts";
import { play } from "./scenario.ts";

interface Line {
  readonly n: number;
  readonly command?: string;
  readonly event?: string;
  readonly [name: string]: unknown;
}

const JOURNAL = "/run/systemd/journal/socket";
let configurations = 0;

/** Whole lines: the last may be written just now. */
function linesOf(file: string): Line[] {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

const whatIn = (lines: readonly Line[]) => lines.map(({ command, event }) => command ?? event);
const isWithoutGap = (lines: readonly Line[]) => lines.every(({ n }, index) => index === 0 || n === (lines[index - 1]?.n ?? 0) + 1);
const kilobytesOf = (pid: number) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

async function ping(client: Client, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1000) {
    await Promise.all(Array.from({ length: Math.min(1000, count - done) }, () => client.ask("guest-ping")));
  }
}

/** Writes a configuration. @returns the options that name it, and the file of the audit. */
function audited(folder: string, { on = folder, journal = false } = {}) {
  const own = join(on, `audit-${++configurations}`);
  const file = join(own, "audit.jsonl");
  const configuration = join(folder, `lodger-${configurations}.toml`);
  writeFileSync(configuration, `[audit]\nfile = "${file}"\njournal = ${journal}\nexcept = ["guest-fsfreeze-st*"]\n`, { mode: 0o600 });
  return { file, own, configuration, args: ["--lodger-config", configuration] };
}

await play(
  async (images) => {
    const ext4 = await images.add("ext4", "ext4");
    const small = join(images.folder, "small");
    mkdirSync(small);
    // Nobody but this scenario sees these.
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k,mode=0700", "small", small]);
    execFileSync("mount", ["-t", "tmpfs", "-o", "mode=0755", "run", "/run"]);
    mkdirSync("/run/systemd/journal", { recursive: true });
    return { ext4, small };
  },
  {
    async rotated({ agent, folder }) {
      const { file, own, args } = audited(folder);
      const { agent: running, client } = await agent({ args });
      const modes = [own, file].map((path) => (statSync(path).mode & 0o777).toString(8));
      await client.ask("guest-ping");
      await client.status();
      await until("the first lines", () => linesOf(file).length === 2);

      renameSync(file, `${file}.1`);
      await sleep(1000); // it looks after the file once a second
      await client.ask("guest-get-time");
      await until("the file is there again", () => linesOf(file).length === 1);
      const second = linesOf(file);
      rmSync(file);
      await sleep(1000);
      await client.ask("guest-get-host-name");
      await until("the file is there again", () => linesOf(file).length === 1);

      const third = linesOf(file);
      renameSync(file, `${file}.3`);
      running.process.kill("SIGHUP");
      await until("the file is there at once", () => linesOf(file).length === 1);
      await running.end();
      const files = [linesOf(`${file}.1`), second, third, linesOf(file)];
      return { modes, files: files.map(whatIn), withoutGap: isWithoutGap(files.flat()) };
    },

    async fullDisk({ agent, folder, small }) {
      const { file, args } = audited(folder, { on: small });
      const { agent: running, client } = await agent({ args });
      execFileSync("sh", ["-c", `cat /dev/zero > ${join(small, "ballast")} 2> /dev/null || true`]);
      await ping(client, 3000);
      await until("it is said", () => running.log.includes("can't be written"));
      await ping(client, 3000);
      const answered = await client.ask("guest-ping");
      rmSync(join(small, "ballast"));
      execFileSync("mount", ["-o", "remount,size=64m", small]);
      await until("all is written", () => linesOf(file).length >= 6002);
      await running.end();
      const lines = linesOf(file);
      const said = running.log.split("\n").filter((line) => line.includes("audit")).length;
      return { answered, lines: lines.length, withoutGap: isWithoutGap(lines), last: lines.at(-1)?.event, said };
    },

    /** What doesn't fit is counted; memory has an end. */
    async flooded({ agent, folder, small }) {
      const { file, args } = audited(folder, { on: small });
      execFileSync("mount", ["-o", "remount,size=64m", small]);
      const { agent: running, client } = await agent({ args });
      await ping(client, 30_000);
      const before = kilobytesOf(running.pid);
      await ping(client, 100_000);
      const grown = kilobytesOf(running.pid) - before;
      await until("all is written", () => linesOf(file).length === 130_001);
      const whole = isWithoutGap(linesOf(file));

      execFileSync("sh", ["-c", `cat /dev/zero > ${join(small, "ballast")} 2> /dev/null || true`]);
      await ping(client, 100_000);
      const grownMore = kilobytesOf(running.pid) - before;
      rmSync(join(small, "ballast"));
      await until("it is written again", () => linesOf(file).at(-1)?.event === "lost");
      await client.ask("guest-ping");
      await running.end();
      const lines = linesOf(file);
      const lost = lines.find(({ event }) => event === "lost");
      const kept = lines.filter(({ event }) => event !== "lost").length;
      const all = kept + Number(lost?.records) === lines.at(-1)?.n;
      const inPlace = lost?.n === lost?.last && Number(lost?.last) - Number(lost?.first) + 1 === lost?.records;
      return { whole, grown, grownMore, all, inPlace, keptMany: kept > 140_000 };
    },

    async journal({ agent, folder }) {
      const { file, args } = audited(folder, { journal: true });
      const { agent: running, client } = await agent({ args });
      await client.ask("guest-ping"); // nobody listens yet
      await until("it is said", () => running.log.includes("the journal can't be reached"));
      const journal = new Datagrams(JOURNAL);
      const entries: Record<string, string>[] = [];
      const come = (count: number) => until("entries have come", () => entries.push(...journal.all()) > 0 && entries.length >= count);
      await come(2);
      await client.ask("guest-exec", { path: "a\nb\u2028c" }).catch(() => undefined);
      await ping(client, 200); // more than its queue holds at once
      await come(203);
      await running.end();
      entries.push(...journal.all());
      journal.close();
      const texts = entries.map(({ LODGER_JSON }) => LODGER_JSON);
      const same = texts.join("\n") === readFileSync(file, "utf8").trimEnd();
      const { LODGER_JSON, ...fields } = entries[2] ?? {};
      return { fields, same, first: entries[0]?.MESSAGE?.split(",")[0], count: entries.length, log: running.log };
    },

    async frozen({ agent, folder, ext4 }) {
      const { file, args } = audited(folder, { on: ext4, journal: true });
      const journal = new Datagrams(JOURNAL);
      const { agent: running, client } = await agent({ args: [...args, "--freeze-lease=4"] });
      await client.ask("guest-ping");
      await until("it is written", () => linesOf(file).length === 2);
      const cycle = async (end: () => Promise<unknown>) => {
        await client.freeze(ext4);
        journal.all();
        const before = readFileSync(file, "utf8");
        await ping(client, 500);
        await client.ask("guest-exec", { path: "/bin/true" }).catch(() => undefined); // refused
        await sleep(300);
        const same = before === readFileSync(file, "utf8") && journal.all().length === 0;
        await end();
        return same;
      };
      const still = await cycle(() => client.thaw());
      const stillToo = await cycle(() => until("the lease is over", async () => (await client.status()) === "thawed"));
      await until("all is written", () => linesOf(file).length === 2 + 504 + 503);
      await running.end();
      journal.close();
      const lines = linesOf(file);
      const refused = lines.find(({ decision }) => decision === "refused");
      const thaws = lines.filter(({ event }) => event === "thawed").map(({ by }) => by);
      const rest = [...new Set(whatIn(lines))];
      return { still, stillToo, withoutGap: isWithoutGap(lines), reason: refused?.reason, thaws, rest };
    },

    /** An agent that finds file systems frozen by an earlier run opens nothing before the thaw. */
    async frozenStart({ agent, folder }) {
      const { file, own, args } = audited(folder);
      const state = join(folder, "state-of-frozen");
      mkdirSync(state);
      writeFileSync(join(state, "qga.state.isfrozen"), readFileSync("/proc/sys/kernel/random/boot_id"));
      const { agent: running, client } = await agent({ args, state });
      await client.ask("guest-ping");
      await sleep(200);
      const made = existsSync(own);
      await client.thaw();
      await until("all is written", () => linesOf(file).length === 4);
      await running.end();
      return { made, lines: whatIn(linesOf(file)) };
    },

    /** What a guard has done in the place of an agent that was killed is told by the next one. */
    async killedWhileFrozen({ agent, folder, ext4 }) {
      const { file, args } = audited(folder);
      const { agent: first, client } = await agent({ args });
      await client.freeze(ext4);
      await first.end("SIGKILL");
      await until("the guard has thawed", () => !existsSync(join(first.state, "qga.state.isfrozen")));
      const { agent: second } = await agent({ args, state: first.state });
      await second.end();
      const lines = linesOf(file);
      return { lines: whatIn(lines), by: lines.find(({ event }) => event === "thawed")?.by };
    },

    async reloaded({ agent, folder }) {
      const { file, configuration, args } = audited(folder);
      const on = readFileSync(configuration, "utf8");
      const bad = join(folder, "bad");
      mkdirSync(bad);
      chmodSync(bad, 0o777);
      writeFileSync(configuration, "");
      const { agent: running, client } = await agent({ args });
      const reload = async (text: string, done: () => boolean) => {
        writeFileSync(configuration, text);
        running.process.kill("SIGHUP");
        await until("it is reloaded", done);
      };
      await client.ask("guest-ping");
      await reload(on, () => linesOf(file).length === 1);
      await client.ask("guest-ping");
      await reload("[audit]\nfiel = 1\n", () => linesOf(file).at(-1)?.event === "config-refused");
      await reload(`[audit]\nfile = "${bad}/audit.jsonl"\n`, () => JSON.stringify(linesOf(file).at(-1)).includes("chmod go-w"));
      await client.ask("guest-ping");
      await reload("", () => linesOf(file).at(-1)?.event === "audit-off");
      await client.ask("guest-ping");
      await running.end();
      const lines = linesOf(file);
      const problems = lines.flatMap((line) => line.problems ?? []).map((text) => String(text).replace(configuration, "FILE"));
      return { lines: whatIn(lines), problems };
    },

    async ended({ agent, folder }) {
      const counts: Record<string, unknown> = {};
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        const { file, args } = audited(folder);
        const { agent: running, client } = await agent({ args });
        await ping(client, 2000);
        if (signal === "SIGKILL") await until("all is written", () => linesOf(file).length === 2001);
        await running.end(signal);
        counts[signal] = [linesOf(file).length, isWithoutGap(linesOf(file)), running.process.exitCode];
      }
      return counts;
    },

    async untrusted({ folder }) {
      const { own, args } = audited(folder);
      mkdirSync(own);
      chmodSync(own, 0o777);
      const [, , , command = "", ...before] = process.argv;
      const channel = ["-m", "unix-listen", "-p", join(folder, "never"), "-t", folder];
      const { status, stderr } = spawnSync(command, [...before, ...channel, ...args], { env: {}, encoding: "utf8" });
      return { status, stderr: stderr.replaceAll(/audit-\d+/g, "N") };
    },
  },
);
