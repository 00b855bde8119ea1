import { afterAll, beforeAll, expect, test } from "vitest";
import { PluggedDevices } from "../plugged-devices.ts";
import type { SharedGuest } from "../shared-guest.ts";

const MiB = 1024 * 1024;
/** Where the guest sees the plugged memory: above 4 GiB, in blocks of 128 MiB. */
const plugged = [32, 33] as const;
const policy = "/sys/module/memory_hotplug/parameters/online_policy";

interface Block {
  readonly "phys-index": number;
  readonly online: boolean;
  readonly "can-offline"?: boolean;
}

/** guest-get-memory-blocks, -set-memory-blocks and -get-memory-block-info, on memory that is plugged in for it. */
export function memoryChecks(guest: SharedGuest): void {
  let devices: PluggedDevices | undefined;
  const state = async () =>
    await guest.machine.shell.out(plugged.map((index) => `cat /sys/devices/system/memory/memory${index}/state`).join(";"));
  const total = async () => Number(await guest.machine.shell.out("sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo")) * 1024;
  const set = async (...blocks: readonly object[]) =>
    await guest.machine.withAgent((agent) => agent.call("guest-set-memory-blocks", { "mem-blks": blocks }));

  beforeAll(async () => {
    devices = new PluggedDevices(guest.machine);
    await devices.memory("dimm", 256);
    await devices.appeared(...plugged.map((index) => `/sys/devices/system/memory/memory${index}/state`));
    // so that nothing is put there that could not be moved away again
    await guest.machine.shell.out(`echo auto-movable >${policy}`);
  }, 90_000);
  afterAll(async () => {
    await guest.machine.shell.run(`echo contig-zones >${policy}`);
    await devices?.unplug();
  }, 90_000);

  test("blocks of memory come online and go offline", async () => {
    const before = await total();
    expect(await state()).toBe("offline\noffline");
    expect(await guest.machine.withAgent((agent) => agent.call("guest-get-memory-block-info"))).toEqual({
      size: Number.parseInt(await guest.machine.shell.out("cat /sys/devices/system/memory/block_size_bytes"), 16),
    });
    expect(await set({ "phys-index": 32, online: true }, { "phys-index": 33, online: true })).toEqual([
      { "phys-index": 32, response: "success" },
      { "phys-index": 33, response: "success" },
    ]);
    expect(await state()).toBe("online\nonline");
    const grown = await total();
    expect(grown - before).toBe(256 * MiB);

    expect(await set({ "phys-index": 33, online: false })).toEqual([{ "phys-index": 33, response: "success" }]);
    expect(await state()).toBe("online\noffline");
    const blocks = (await guest.machine.withAgent((agent) => agent.call("guest-get-memory-blocks"))) as Block[];
    const states = new Map(blocks.map((block) => [block["phys-index"], block.online]));
    expect([states.get(0), states.get(32), states.get(33)]).toEqual([true, true, false]);
    expect(states.size).toBe(10);

    // what is so already is a success too
    expect(await set({ "phys-index": 33, online: false }, { "phys-index": 32, online: false })).toEqual([
      { "phys-index": 33, response: "success" },
      { "phys-index": 32, response: "success" },
    ]);
    expect(await state()).toBe("offline\noffline");
    expect(await total()).toBe(before);
    guest.saw(
      `guest-set-memory-blocks: 2 plugged blocks online (MemTotal ${(before / MiB).toFixed(0)} to ${(grown / MiB).toFixed(0)} MiB) and offline again, as the kernel's state files say`,
    );
  });

  test("what can't be done is said for each block", async () => {
    const answer = await set({ "phys-index": 4711, online: true }, { "phys-index": 0, online: false }, { "phys-index": 0, online: true });
    expect(answer).toEqual([
      { "phys-index": 4711, response: "not-found", "error-code": 2 },
      // EINVAL: it has the holes of the BIOS
      { "phys-index": 0, response: "operation-failed", "error-code": 22 },
      { "phys-index": 0, response: "success" },
    ]);
    expect(await guest.machine.shell.out("cat /sys/devices/system/memory/memory0/state")).toBe("online");
    guest.saw(`guest-set-memory-blocks: ${JSON.stringify(answer)}, and block 0 is online still`);
  });
}
