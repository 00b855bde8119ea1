/** The commands that tell and change the system, on real files and a real kernel, in namespaces of their own; needs root. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const SCENARIO = join(import.meta.dirname, "system-world/scenario.ts");
const folder = mkdtempSync("/tmp/lodger-system-");
const hostName = readFileSync("/proc/sys/kernel/hostname", "utf8");

afterAll(() => rmSync(folder, { recursive: true }));

describe("in a world of its own", () => {
  let results: Record<string, unknown>;

  beforeAll(async () => {
    const { TZ: _, QGA_OS_RELEASE: __, ...env } = process.env;
    const args = ["--mount", "--uts", "--propagation", "private", process.execPath, SCENARIO, folder];
    const { stdout } = await promisify(execFile)("unshare", args, { env });
    results = JSON.parse(stdout);
  }, 60_000);

  it("guest-get-vcpus lists processors with and without a switch", () => {
    expect(results.vcpus).toEqual([
      { "logical-id": 0, online: true, "can-offline": false },
      { "logical-id": 1, online: true, "can-offline": true },
      { "logical-id": 10, online: false, "can-offline": true },
    ]);
  });

  it("guest-set-vcpus turns the switches", () => {
    expect({ done: results.setVcpus, switches: results.switches }).toEqual({ done: 2, switches: ["0", "1"] });
  });

  it("guest-get-cpustats reads the kernel's table", () => {
    expect(results.cpuTimes).toMatchObject([{ type: "linux", cpu: 1, user: 10, idle: 40, guestnice: 100 }]);
  });

  it("guest-get-memory-blocks lists the blocks", () => {
    expect(results.blocks).toEqual([
      { "phys-index": 0, online: true, "can-offline": false },
      { "phys-index": 1, online: false, "can-offline": true },
      { "phys-index": 2, online: true, "can-offline": true },
    ]);
    expect(results.blockSize).toEqual({ size: 134217728 });
  });

  it("guest-set-memory-blocks changes them", () => {
    expect(results.setBlocks).toEqual([
      { "phys-index": 1, response: "success" },
      { "phys-index": 2, response: "success" },
      { "phys-index": "18446744073709551615n", response: "not-found", "error-code": 2 },
    ]);
    expect(results.states).toEqual(["online\n", "online", "offline"]);
    expect(results.readOnly).toEqual([{ "phys-index": 0, response: "operation-failed", "error-code": 30 }]);
  });

  it("guest-network-get-route does without the table of IPv6", () => {
    expect(results.routes).toMatchObject([{ iface: "eth0", destination: "0.0.0.0", gateway: "192.0.2.1", metric: 100, version: 4 }]);
  });

  it("guest-get-osinfo reads the file as it is now", () => expect(results.os).toEqual(["first", "second"]));

  it("guest-get-timezone follows /etc/localtime", () => {
    expect(results.zones).toEqual([
      { zone: "AAA", offset: 3600 },
      { zone: "BBB", offset: -12600 },
      { zone: "UTC", offset: 0 },
    ]);
  });

  it("guest-get-host-name tells the name as it is now", () => {
    expect(results.names).toEqual([{ "host-name": "lodger-before" }, { "host-name": "lodger-after" }]);
  });

  it("leaves the machine as it was", () => expect(readFileSync("/proc/sys/kernel/hostname", "utf8")).toBe(hostName));
});
