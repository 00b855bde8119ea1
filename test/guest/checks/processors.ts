import { afterEach, expect, test } from "vitest";
import type { SharedGuest } from "../shared-guest.ts";

interface Processor {
  readonly "logical-id": number;
  readonly online: boolean;
  readonly "can-offline"?: boolean;
}

/** guest-get-vcpus and guest-set-vcpus. */
export function processorChecks(guest: SharedGuest): void {
  const online = "/sys/devices/system/cpu/cpu1/online";
  const truth = async () => await guest.machine.shell.out(`cat ${online}; nproc; cat /sys/devices/system/cpu/online`);
  const set = async (...vcpus: readonly object[]) => await guest.machine.withAgent((agent) => agent.call("guest-set-vcpus", { vcpus }));
  const get = async () => {
    const list = (await guest.machine.withAgent((agent) => agent.call("guest-get-vcpus"))) as Processor[];
    return list.toSorted((a, b) => a["logical-id"] - b["logical-id"]);
  };

  afterEach(async () => {
    await guest.machine.shell.run(`echo 1 >${online}`);
  });

  test("a processor goes offline and comes back", async () => {
    expect(await truth()).toBe("1\n2\n0-1");
    expect(await set({ "logical-id": 1, online: false })).toBe(1);
    expect(await truth()).toBe("0\n1\n0");
    expect(await get()).toEqual([
      { "logical-id": 0, online: true, "can-offline": false },
      { "logical-id": 1, online: false, "can-offline": true },
    ]);
    // nothing to do is done as well
    expect(await set({ "logical-id": 0, online: true }, { "logical-id": 1, online: false })).toBe(2);
    expect(await set({ "logical-id": 1, online: true, "can-offline": true })).toBe(1);
    expect(await truth()).toBe("1\n2\n0-1");
    guest.saw("guest-set-vcpus: cpu1 offline (nproc 1, the kernel's list 0) and online again (nproc 2, 0-1)");
  });

  test("how many were done, up to the first that could not be", async () => {
    expect(await set()).toBe(0);
    expect(await set({ "logical-id": 1, online: false }, { "logical-id": 0, online: false })).toBe(1);
    expect(await truth()).toBe("0\n1\n0");
    expect(await set({ "logical-id": 1, online: true }, { "logical-id": 99, online: true })).toBe(1);
    expect(await truth()).toBe("1\n2\n0-1");
    await guest.machine.withAgent(async (agent) => {
      const only = async (id: number) => await agent.failure("guest-set-vcpus", { vcpus: [{ "logical-id": id, online: false }] });
      expect((await only(0)).desc).toBe("logical processor #0 can't be offlined");
      expect((await only(99)).desc).toMatch(/cpu99.*No such file or directory/);
    });
    expect(await truth()).toBe("1\n2\n0-1");
    guest.saw("guest-set-vcpus: counts up to the first failure; cpu0 can't be offlined, cpu99 is not there; nothing else was touched");
  });
}
