/** Freezes that go well, and such that take too long or fail: `freezes.ts FOLDER PROGRAM…`. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./agent.ts";
import { fsfreeze } from "./images.ts";
import { play } from "./scenario.ts";

const nameIn = (folder: string) => (path: string) => path.replace(folder, "");

await play(
  async (images) => {
    // What lies on it hangs as long as its disk is frozen: a device that is as slow as the test wants. It freezes last, being mounted first.
    const disk = await images.add("ext4", "disk");
    const slow = await images.add("ext4", "slow", disk);
    const ext4 = await images.add("ext4", "ext4");
    const xfs = await images.add("xfs", "xfs");
    const btrfs = await images.add("btrfs", "btrfs");
    execFileSync("btrfs", ["-q", "subvolume", "create", join(btrfs, "sub")]);
    const bind = images.bind(ext4, "bind");
    return { ext4, xfs, btrfs, bind, disk, slow };
  },
  {
    async all({ agent, folder, images, ext4, xfs, btrfs, bind, disk, slow }) {
      const { agent: own, client } = await agent();
      const writers = await images.writeTo(ext4, xfs, join(btrfs, "sub"), slow);
      const plan = (await client.ask("guest-lodger-freeze-plan", { mountpoints: [ext4, xfs, btrfs, bind, disk, slow] })) as {
        freeze: { mountpoints: string[] }[];
      };
      const planned = plan.freeze.map(({ mountpoints }) => mountpoints.map(nameIn(folder)));
      const frozen = await client.freeze(ext4, xfs, btrfs, bind, disk, slow);
      const status = await client.status();
      const again = await client.freeze(ext4).catch(({ message }: Error) => message);
      await sleep(50); // what was written before is still in the pipes
      const before = writers.map(({ writes }) => writes);
      await sleep(200);
      const whileFrozen = writers.map(({ writes }, index) => writes - (before[index] ?? 0));
      const thawed = await client.thaw();
      await Promise.all(writers.map((writer) => writer.next()));
      return { planned, frozen, status, again, whileFrozen, thawed, after: await client.status(), guards: own.guards().length };
    },

    async byAnotherMountPoint({ agent, images, ext4, bind }) {
      const { client } = await agent();
      const [writer] = await images.writeTo(ext4);
      const frozen = await client.freeze(bind);
      await sleep(50);
      const before = writer?.writes ?? 0;
      await sleep(100);
      const whileFrozen = (writer?.writes ?? 0) - before;
      return { frozen, whileFrozen, thawed: await client.thaw() };
    },

    /** Others are answered while a freeze takes long, and it succeeds when its device has come back. */
    async long({ agent, ext4, slow, disk }) {
      const { agent: own, client } = await agent();
      const other = await own.connect();
      const idle: number[] = [];
      for (let round = 0; round < 50; round++) idle.push(await other.time("guest-ping"));
      fsfreeze("freeze", disk);
      let done = false;
      const freezing = client.freeze(slow, ext4).then(
        (count) => count,
        ({ message }: Error) => message,
      );
      void freezing.then(() => {
        done = true;
      });
      const times: number[] = [];
      try {
        await until("the freeze begins", async () => (await other.status()) === "frozen");
        for (let round = 0; round < 10; round++) {
          times.push(await other.time("guest-ping"), await other.time("guest-fsfreeze-status"));
          times.push(await other.time("guest-sync", { id: round }), await other.time("guest-info"));
          await sleep(100);
        }
      } finally {
        fsfreeze("unfreeze", disk);
      }
      const early = done;
      const frozen = await freezing;
      return { early, frozen, idle: Math.max(...idle), slowest: Math.max(...times), thawed: await client.thaw() };
    },

    async mountTimeout({ agent, images, ext4, slow, disk }) {
      const { agent: own, client } = await agent({ args: ["--freeze-mount-timeout=1"] });
      const [writer] = await images.writeTo(ext4);
      fsfreeze("freeze", disk);
      try {
        const start = performance.now();
        const error = await client.freeze(slow, ext4).catch(({ message }: Error) => message);
        const milliseconds = performance.now() - start;
        await writer?.next();
        const again = await client.freeze(ext4).catch(({ message }: Error) => message);
        const status = await client.status();
        const guards = own.guards().length;
        fsfreeze("unfreeze", disk);
        await until("the late one is thawed", () => own.log.includes("at last"));
        await until("its guard has ended", () => own.guards().length === 0);
        return { error, milliseconds, again, status, guards, frozen: await client.freeze(slow), thawed: await client.thaw() };
      } finally {
        execFileSync("sh", ["-c", 'fsfreeze -u "$0" 2>/dev/null || true', disk]);
      }
    },

    /** Which ends the freeze even where what fails is skipped. */
    async wholeTimeout({ agent, ext4, slow, disk }) {
      const { agent: own, client } = await agent({ args: ["--freeze-timeout=1", "--freeze-skip-failing"] });
      fsfreeze("freeze", disk);
      const start = performance.now();
      const error = await client.freeze(slow, ext4).catch(({ message }: Error) => message);
      const milliseconds = performance.now() - start;
      const thawed = await client.thaw(); // also the disk, which someone else froze
      await until("the late one is thawed", () => own.log.includes("at last"));
      return { error, milliseconds, thawed };
    },

    async skipsFailing({ agent, images, folder, ext4 }) {
      const { agent: own, client } = await agent({ args: ["--freeze-skip-failing"] });
      const hidden = await images.add("ext4", "parent/hidden");
      execFileSync("mount", ["-t", "tmpfs", "none", join(folder, "parent")]);
      try {
        const frozen = await client.freeze(hidden, ext4);
        const thawed = await client.thaw();
        await until("the report", () => own.log.includes("was left out"));
        return { frozen, thawed, log: own.log };
      } finally {
        execFileSync("umount", [join(folder, "parent")]);
        images.unmount(hidden);
      }
    },

    /** Not that which lies over it freezes in its place. */
    async hiddenBtrfs({ agent, images, ext4, btrfs }) {
      const { client } = await agent({ args: ["--freeze-skip-failing", `--freeze-exclude=${ext4}`] });
      execFileSync("mount", ["--bind", ext4, btrfs]);
      const [writer] = await images.writeTo(ext4);
      const frozen = await client.freeze(btrfs);
      await writer?.next();
      await writer?.next();
      const thawed = await client.thaw();
      await writer?.end();
      execFileSync("umount", [btrfs]);
      return { frozen, thawed };
    },

    async mountsChange({ agent, images, ext4, xfs, bind }) {
      const { client } = await agent();
      const frozen = await client.freeze(ext4, xfs);
      const added = await images.add("ext4", "added");
      images.unmount(bind);
      const status = await client.status();
      const thawed = await client.thaw();
      images.unmount(added);
      images.bind(ext4, "bind-2");
      return { frozen, status, thawed };
    },

    /** The client that froze leaves; others' pings don't put off the lease. */
    async lease({ agent, images, ext4, xfs }) {
      const { agent: own, client } = await agent({ args: ["--freeze-lease=1"] });
      const [writer] = await images.writeTo(ext4);
      const other = await own.connect();
      const frozen = await client.freeze(ext4, xfs);
      const start = performance.now();
      client.leave();
      const statuses = new Set<unknown>();
      for (let thawed = false; !thawed; ) {
        await other.ask("guest-ping");
        const status = await other.status();
        statuses.add(status);
        thawed = status === "thawed";
        await sleep(20);
      }
      const milliseconds = performance.now() - start;
      await writer?.next();
      await until("the report", () => own.log.includes("thawed by"));
      return { frozen, statuses: [...statuses], milliseconds, thawed: await other.thaw(), log: own.log, guards: own.guards().length };
    },

    async terminated({ agent, images, ext4, xfs }) {
      const { agent: own, client } = await agent();
      const writers = await images.writeTo(ext4, xfs);
      await client.freeze(ext4, xfs);
      const start = performance.now();
      own.process.kill("SIGTERM");
      await Promise.all([...writers.map((writer) => writer.next()), own.ended]);
      return { status: own.process.exitCode, milliseconds: performance.now() - start, log: own.log, guards: own.guards().length };
    },

    /** Log and state lie on what freezes. */
    async writesNothing({ agent, ext4, xfs }) {
      const logFile = join(ext4, "log");
      const { agent: own, client } = await agent({ state: join(ext4, "state"), args: ["-v", "-l", logFile] });
      await client.ask("guest-ping");
      await client.freeze(ext4, xfs);
      const written = () => /^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${own.pid}/io`, "utf8"))?.[1];
      const majorFaults = () =>
        Number(
          readFileSync(`/proc/${own.pid}/stat`, "latin1")
            .replace(/^.*\) /s, "")
            .split(" ")[9],
        );
      const size = readFileSync(logFile).length;
      const before = written();
      for (let round = 0; round < 100; round++) await client.ask("guest-sync", { id: round });
      const refused = await client.ask("guest-get-host-name").catch(({ message }: Error) => message);
      await client.freeze(xfs).catch(() => undefined);
      writeFileSync("/proc/sys/vm/drop_caches", "1");
      const grown = readFileSync(logFile).length - size;
      const after = written();
      const faults = majorFaults();
      const thawed = await client.thaw();
      const faultsOfThaw = majorFaults() - faults;
      await until("the log goes on", () => readFileSync(logFile, "utf8").includes("thawed by guest-fsfreeze-thaw"));
      return { same: before === after, grown, faultsOfThaw, refused, thawed };
    },
  },
);
