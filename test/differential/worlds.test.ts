/** A world is the agent's own: what is changed in it is changed nowhere else. */
import { readFile, realpath, stat } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { available } from "./available.ts";
import { ACCOUNTS_WORLD } from "./cases-keys.ts";
import { isolated } from "./launch.ts";
import { ofShadow } from "./password.ts";
import { Peer } from "./peer.ts";
import { references } from "./reference.ts";
import { request } from "./table.ts";
import { LAYOUT, located, type World } from "./world.ts";

const run = await available();
const CPU = "/sys/devices/system/cpu";
const MEMORY = "/sys/devices/system/memory";
const SAFE = "on copies";

/** The reference alone: what is tested is the world, not an agent. */
async function peer(world: World): Promise<Peer> {
  const { found } = await references();
  return Peer.start("reference", isolated(found[0]?.command ?? [], `{folder}/${LAYOUT}`), { world });
}

const ofMachine = () => Promise.all(["/etc/passwd", "/etc/shadow", `${CPU}/online`].map((path) => readFile(path, "utf8")));

describe.runIf(run)("a world", () => {
  test("has its own passwords and keys; the machine's stay as they are", async () => {
    const before = [...(await ofMachine()), (await stat("/etc/shadow")).mtimeMs];
    const agent = await peer(ACCOUNTS_WORLD);
    try {
      const args = `{"username":"root","password":"${Buffer.from("a new one").toString("base64")}","crypted":false}`;
      const [answer] = await agent.ask({ bytes: request("guest-set-user-password", args), lines: 1, safe: SAFE });
      expect(answer).toBe('{"return": {}}');
      expect(await ofShadow(located(agent.base, ACCOUNTS_WORLD, "/etc/shadow"), "root", "a new one")).toContain('"verifies": true');
      const key = request("guest-ssh-add-authorized-keys", '{"username":"root","keys":["lodger-differential"],"reset":true}');
      expect((await agent.ask({ bytes: key, lines: 1, safe: SAFE }))[0]).toBe('{"return": {}}');
      expect(await readFile(located(agent.base, ACCOUNTS_WORLD, "/root/.ssh/authorized_keys"), "utf8")).toBe("lodger-differential");
    } finally {
      await agent.dispose();
    }
    expect([...(await ofMachine()), (await stat("/etc/shadow")).mtimeMs]).toEqual(before);
    expect(await readFile("/root/.ssh/authorized_keys", "utf8").catch(() => "")).not.toContain("lodger-differential");
  });

  test("has its own processors and memory blocks", async () => {
    const world = { trees: { [CPU]: { "cpu1/online": "1\n" }, [MEMORY]: { "memory1/state": "online\n", "memory1/removable": "1\n" } } };
    const before = await ofMachine();
    const agent = await peer(world);
    try {
      const offline = request("guest-set-vcpus", '{"vcpus":[{"logical-id":1,"online":false}]}');
      expect((await agent.ask({ bytes: offline, lines: 1, safe: SAFE }))[0]).toBe('{"return": 1}');
      expect(await readFile(located(agent.base, world, `${CPU}/cpu1/online`), "utf8")).toMatch(/^0/);
      const blocks = request("guest-set-memory-blocks", '{"mem-blks":[{"phys-index":1,"online":false}]}');
      expect((await agent.ask({ bytes: blocks, lines: 1, safe: SAFE }))[0]).toContain('"success"');
      expect(await readFile(located(agent.base, world, `${MEMORY}/memory1/state`), "utf8")).toMatch(/^offline/);
    } finally {
      await agent.dispose();
    }
    expect(await ofMachine()).toEqual(before);
  });

  test("can't set the clock, nor end the machine", async () => {
    const agent = await peer({});
    try {
      const status = await readFile(`/proc/${agent.pid}/status`, "utf8");
      const bounds = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1]}`);
      const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1]}`);
      const [reboot, time] = [22n, 25n];
      for (const capability of [reboot, time]) expect([(bounds >> capability) & 1n, (effective >> capability) & 1n]).toEqual([0n, 0n]);
      // A link would lead to the machine's own program.
      const shutdown = await readFile(`/proc/${agent.pid}/root${await realpath("/sbin/shutdown")}`);
      expect(shutdown.equals(await readFile("/bin/false"))).toBe(true);
    } finally {
      await agent.dispose();
    }
  });
});
