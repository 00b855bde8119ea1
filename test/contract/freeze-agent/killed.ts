/** Agents and guards that are killed or stopped while file systems are frozen: `killed.ts FOLDER PROGRAM…`. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { guardsOf, hasEnded, until } from "./agent.ts";
import { fsfreeze } from "./images.ts";
import { play } from "./scenario.ts";

/** What was written before a freeze has come through the writers' pipes. */
const quiet = () => sleep(100);
const since = (start: number) => performance.now() - start;

await play(
  async (images) => {
    // What lies on it hangs as long as its disk is frozen. It freezes last, being mounted first.
    const disk = await images.add("ext4", "disk");
    const slow = await images.add("ext4", "slow", disk);
    const ext4 = await images.add("ext4", "ext4");
    const xfs = await images.add("xfs", "xfs");
    return { ext4, xfs, disk, slow };
  },
  {
    async killed({ agent, images, ext4, xfs }) {
      const writers = await images.writeTo(ext4, xfs);
      const { agent: own, client } = await agent();
      await client.freeze(ext4, xfs);
      const [guard = 0] = own.guards();
      await quiet();
      const start = performance.now();
      own.process.kill("SIGKILL");
      await Promise.all(writers.map((writer) => writer.next()));
      const milliseconds = since(start);
      await until("the guard has ended", () => hasEnded(guard));
      const { state } = own;
      const next = await agent({ state });
      const status = await next.client.status();
      const frozen = await next.client.freeze(ext4);
      const thawed = await next.client.thaw();
      await next.agent.end();
      const third = await agent({ state });
      await third.client.status();
      return { milliseconds, status, frozen, thawed, log: next.agent.log, afterwards: third.agent.log };
    },

    /** One thread of the agent stays in the kernel, and with it all that it has open. */
    async killedDuringLongFreeze({ agent, images, ext4, slow, disk }) {
      const writers = await images.writeTo(ext4, slow);
      const { agent: own, client } = await agent();
      const other = await own.connect();
      fsfreeze("freeze", disk);
      try {
        client.freeze(ext4, slow).catch(() => undefined);
        await until("the freeze begins", async () => (await other.status()) === "frozen");
        const [guard = 0] = own.guards();
        const [fast, hanging] = writers;
        await until("it hangs", () => readFileSync(`/proc/${own.pid}/task/${freezingThread(own.pid)}/stat`, "latin1").includes(") D "));
        await quiet();
        const start = performance.now();
        own.process.kill("SIGKILL");
        await fast?.next();
        const milliseconds = since(start);
        const waits = !hasEnded(guard);
        fsfreeze("unfreeze", disk);
        await hanging?.next();
        await own.ended;
        await until("the guard has ended", () => hasEnded(guard));
        await hanging?.next();
        return { milliseconds, waits, frozen: isFrozen(slow), note: existsSync(join(own.state, "qga.state.thawed")) };
      } finally {
        execFileSync("sh", ["-c", 'fsfreeze -u "$0" 2>/dev/null || true', disk]);
      }
    },

    /** From the start of the guard to the thaw. */
    async killedAtAnyMoment({ agent, images, ext4, xfs }) {
      const writers = await images.writeTo(ext4, xfs);
      const milliseconds: number[] = [];
      for (let delay = 0; delay < 240; delay += 30) {
        const { agent: own, client } = await agent();
        const freezing = client.freeze(ext4, xfs).catch(() => undefined);
        await sleep(delay);
        const guards = own.guards();
        await own.end("SIGKILL");
        client.leave();
        const start = performance.now();
        await until("its guards have ended", () => guards.every(hasEnded));
        for (const writer of writers) {
          await writer.next(); // perhaps from before
          await writer.next();
        }
        milliseconds.push(since(start));
        void freezing;
      }
      return { slowest: Math.max(...milliseconds) };
    },

    async guardKilled({ agent, ext4, xfs }) {
      // As where control groups are of the first version: the guard leaves nothing there.
      execFileSync("mount", ["-t", "tmpfs", "none", "/sys/fs/cgroup"]);
      const { agent: own, client } = await agent();
      await client.freeze(ext4, xfs);
      for (const guard of own.guards()) process.kill(guard, "SIGKILL");
      await until("it is gone", () => own.guards().length === 0);
      const thawed = await client.thaw();
      await until("the report", () => own.log.includes("guard"));
      const left = readdirSync("/sys/fs/cgroup");
      execFileSync("umount", ["/sys/fs/cgroup"]);
      return { thawed, left, log: own.log };
    },

    /** Stopped, the agent misses the end of its lease. */
    async stopped({ agent, images, ext4, xfs }) {
      const writers = await images.writeTo(ext4, xfs);
      const { agent: own, client } = await agent({ args: ["--freeze-lease=1"] });
      await client.freeze(ext4, xfs);
      own.process.kill("SIGSTOP");
      await quiet();
      await Promise.all(writers.map((writer) => writer.next()));
      own.process.kill("SIGCONT");
      await until("the report", () => own.log.includes("guard"));
      const note = existsSync(join(own.state, "qga.state.thawed"));
      return { thawed: await client.thaw(), status: await client.status(), again: await client.freeze(ext4), log: own.log, note };
    },

    /** Nobody is left who could thaw: the next agent can. */
    async allKilled({ agent, ext4, xfs }) {
      const { agent: own, client } = await agent();
      await client.freeze(ext4, xfs);
      for (const guard of own.guards()) process.kill(guard, "SIGKILL");
      await own.end("SIGKILL");
      const next = await agent({ state: own.state });
      const status = await next.client.status();
      const refused = await next.client.freeze(ext4).catch(({ message }: Error) => message);
      const thawed = await next.client.thaw();
      const frozen = await next.client.freeze(ext4);
      await next.client.thaw();
      return { status, refused, thawed, frozen, log: next.agent.log };
    },

    /** A disk's snapshot has the mark of the freeze in which it was taken. */
    async startedFromSnapshot({ agent, ext4 }) {
      const { agent: own, client } = await agent();
      await client.freeze(ext4);
      const mark = readFileSync(join(own.state, "qga.state.isfrozen"), "utf8");
      await client.thaw();
      await own.end();
      writeFileSync(join(own.state, "qga.state.isfrozen"), mark.replaceAll(/[0-9a-f]/g, "0"));
      const next = await agent({ state: own.state });
      const status = await next.client.status();
      await next.agent.end();
      return { status, mark: existsSync(join(own.state, "qga.state.isfrozen")), log: next.agent.log };
    },

    async daemonKilled({ agent, images, folder, ext4 }) {
      const [writer] = await images.writeTo(ext4);
      const pidFile = join(folder, "pid");
      const { agent: own, client } = await agent({ args: ["-d", "-f", pidFile] });
      await client.freeze(ext4);
      const pid = Number(readFileSync(pidFile, "utf8"));
      const [guard = 0] = guardsOf(pid);
      await quiet();
      const start = performance.now();
      process.kill(pid, "SIGKILL");
      await writer?.next();
      const milliseconds = since(start);
      await until("the guard has ended", () => hasEnded(guard));
      const next = await agent({ state: own.state });
      return { milliseconds, status: await next.client.status(), note: next.agent.log.includes("the agent was killed") };
    },

    async stateFolderIsReadOnly({ agent, folder, images, ext4 }) {
      const readOnly = await images.add("ext4", "read-only");
      const { agent: own, client } = await agent({ state: join(folder, "read-only/state") });
      await client.status();
      execFileSync("mount", ["-o", "remount,ro", readOnly]);
      const error = await client.freeze(ext4).catch(({ message }: Error) => message.replace(folder, ""));
      const status = await client.status();
      await until("the log goes on", () => own.log.includes("disabling logging"));
      return { error, status, guards: own.guards().length, thawed: await client.thaw() };
    },
  },
);

/** The thread that hangs in the kernel, or any. */
function freezingThread(pid: number): string {
  const threads = execFileSync("ls", [`/proc/${pid}/task`], { encoding: "utf8" })
    .trim()
    .split("\n");
  return threads.find((thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1").includes(") D ")) ?? threads[0] ?? "";
}

/** By thawing it. */
function isFrozen(mountPoint: string): boolean {
  try {
    fsfreeze("unfreeze", mountPoint);
    return true;
  } catch {
    return false;
  }
}
