import * as fs from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyArm64Disks } from "./arm64/image.ts";
import { executableChecks } from "./checks/executable.ts";
import type { Disks } from "./disks.ts";
import { buildTargets } from "./foreign-builds.ts";
import { Machine } from "./machine.ts";
import { run } from "./process.ts";
import { missingForArm64, skipReason } from "./requirements.ts";
import { type AnyGuest, findingsOf } from "./shared-guest.ts";
import { makeWorkFolder } from "./work-folder.ts";

const agents = [
  { name: "lodger", target: "linux-arm64", version: /; commit [^,]+, Node 24\.\d+\.\d+, linux-arm64\)$/, machine: "aarch64" },
  { name: "lodger-musl", target: "linux-arm64-musl", version: /; commit [^,]+, Bun 1\.\d+\.\d+, linux-arm64-musl\)$/, machine: "aarch64" },
];

/** Both executables for arm64, on Debian's kernel for it, in a guest without systemd and udev. */
describe.skipIf(skipReason(missingForArm64()) !== undefined)("in the arm64 guest", { timeout: 240_000 }, () => {
  let machine: Machine | undefined;
  let disks: Disks | undefined;
  const guest: AnyGuest = {
    get machine() {
      if (machine === undefined) throw new Error("the guest has not booted");
      return machine;
    },
    saw: findingsOf("arm64"),
  };

  beforeAll(async () => {
    const folder = await makeWorkFolder();
    try {
      const executables = await buildTargets(
        folder,
        agents.map(({ target }) => target),
      );
      disks = await copyArm64Disks(Object.fromEntries(agents.map(({ name }, index) => [name, executables[index] ?? ""])));
    } finally {
      await fs.rm(folder, { recursive: true, force: true });
    }
    const started = performance.now();
    machine = await Machine.boot(disks);
    await machine.withAgent((agent) => agent.call("guest-ping"));
    guest.saw(`the first agent answers ${((performance.now() - started) / 1000).toFixed(1)} s after power-on`);
  }, 400_000);
  afterAll(async () => {
    await machine?.dispose();
    await disks?.remove();
  });

  describe.each(agents)("$target", (agent) => {
    beforeAll(async () => {
      const { shell } = guest.machine;
      const running = "pgrep -xf '/usr/local/sbin/lodger[^ ]*'";
      const before = await shell.out(running);
      // init starts the one that is named there; not asked before the other one has ended, which would take the question along
      await shell.out(`echo ${agent.name} >/run/agent; kill ${before}; while [ -e /proc/${before} ]; do sleep 0.1; done`, 30);
      await guest.machine.withAgent((client) => client.call("guest-ping"));
    }, 120_000);
    executableChecks(guest, agent);
  });

  test("guest-shutdown powers the machine down, by its init", async () => {
    const { qmp } = guest.machine;
    qmp.forgetEvents();
    const started = performance.now();
    const agent = await guest.machine.agent();
    await agent.sync();
    agent.sendRequest("guest-shutdown");
    expect((await qmp.event("SHUTDOWN", 90_000)).data).toEqual({ guest: true, reason: "guest-shutdown" });
    expect(await guest.machine.ended()).toBe(0);
    agent.close();
    for (const image of [guest.machine.disks.root, guest.machine.disks.ext4]) {
      expect(await run("dumpe2fs", ["-h", image])).not.toMatch(/^Filesystem features:.* needs_recovery/m);
    }
    guest.saw(`guest-shutdown: ended after ${((performance.now() - started) / 1000).toFixed(1)} s, both ext4 images are clean`);
  });
});
