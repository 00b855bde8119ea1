import { expect, test } from "vitest";
import type { AgentClient } from "../agent-client.ts";
import { overrideUnit } from "../agent-unit.ts";
import { until } from "../deadline.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { logOf, mainPid, withOptions } from "./freeze-agent.ts";
import { brings, traceOfAttack } from "./governed.ts";

interface Unit {
  readonly name: string;
  readonly active: string;
  readonly pid?: number;
}

interface Listed {
  readonly plugins: readonly { readonly name: string; readonly kind: string; readonly state: string }[];
}

async function processOf(agent: AgentClient): Promise<number> {
  return ((await agent.call("guest-apart")) as { pid: number }).pid;
}

/** What the admin has put into /etc/lodger, called by the host. */
export function pluginChecks(guest: SharedGuest): void {
  test("a plugin as `lodger plugin new` writes it", async () => {
    await guest.machine.withAgent(async (agent) => {
      expect(await agent.call("guest-greeter", { name: "host" })).toEqual({ text: "hello host" });
      expect((await agent.failure("guest-greeter", { nmae: "host" })).desc).toMatch(/^Parameter '(name|nmae)' is (missing|unexpected)$/);
      expect((await agent.failure("guest-greeter", { name: "x", times: 11 })).desc).toBe("times has to be from 1 to 10");
    });
    guest.saw("plugins: what `lodger plugin new` wrote into /etc/lodger/plugins answers the host, from TypeScript");
  });

  test("a plugin that others can write to is left out, and the log says what to do", async () => {
    const { machine } = guest;
    const { line } = await logOf(machine, await machine.shell.out(mainPid), /plugin theirs is left out/);
    expect(line).toContain("theirs.mjs: others than its owner may write to it: 'chmod go-w /etc/lodger/plugins/theirs.mjs'");
    expect((await machine.shell.run(`[ -e ${traceOfAttack} ]`)).status).toBe(1);
    guest.saw(`plugins: one of mode 0666 did not run: ${line}`);
  });

  test("a script runs as the user that its manifest names", async () => {
    const answer = await guest.machine.withAgent((agent) => agent.call("guest-whoami"));
    expect(answer).toEqual({ user: "nobody", groups: "nogroup" });
    guest.saw('scripts: a shell script with `user = "nobody"` runs as nobody, with its group only');
  });

  test("the example systemd-units lists units, and restarts the one that the admin has named", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      const units = (await agent.call("guest-units-list", {}, 60_000)) as Unit[];
      expect(units.find(({ name }) => name === "lodger.service")?.active).toBe("active");
      const before = (await agent.call("guest-unit-status", { unit: "victim.service" })) as Unit;
      const after = (await agent.call("guest-unit-restart", { unit: "victim.service" })) as Unit;
      expect(await machine.shell.out("systemctl show -p MainPID --value victim")).toBe(String(after.pid));
      expect(after.pid).not.toBe(before.pid);
      expect((await agent.failure("guest-unit-restart", { unit: "dbus.service" })).desc).toContain("may not be restarted");
      expect((await agent.failure("guest-unit-status", { unit: "--help" })).class).toBe("GenericError");
      guest.saw(
        `examples/systemd-units: ${units.length} services, victim.service has a new process after its restart, dbus.service is refused`,
      );
    });
  });

  test("an isolated plugin that is killed is started again", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      const pid = await processOf(agent);
      const agentPid = await machine.shell.out(mainPid);
      expect(String(pid)).not.toBe(agentPid);
      await machine.shell.out(`kill -KILL ${pid}`);
      const started = performance.now();
      const next = await until(30_000, "the plugin to run again", () => processOf(agent).catch(() => undefined), 200);
      expect(next).not.toBe(pid);
      expect(await machine.shell.out(mainPid)).toBe(agentPid);
      guest.saw(
        `plugins: an isolated one answers ${((performance.now() - started) / 1000).toFixed(1)} s after kill -KILL, the agent went on`,
      );
    });
  });
}

/** An executable made by `npm run build -- --plugin examples/systemd-units`. */
export function bundledChecks(guest: SharedGuest): void {
  test("a plugin built into the executable", async () => {
    const { machine } = guest;
    const [, exec = ""] = withOptions();
    const undo = await overrideUnit(machine, ["ExecStart=", exec.replace("sbin/lodger", "sbin/lodger-bundled")]);
    try {
      await machine.withAgent(async (agent) => {
        await brings(agent, "guest-unit-status");
        const status = (await agent.call("guest-unit-status", { unit: "lodger.service" })) as Unit;
        expect([status.active, String(status.pid)]).toEqual(["active", await machine.shell.out(mainPid)]);
      });
      expect(await machine.shell.out(`readlink /proc/$(${mainPid})/exe`)).toBe("/usr/local/sbin/lodger-bundled");
      const { plugins } = JSON.parse(await machine.shell.out("cat /run/lodger-plugins.json")) as Listed;
      expect(plugins.find(({ name }) => name === "systemd-units")).toMatchObject({ kind: "bundled", state: "running" });
      guest.saw("plugins: an executable built with --plugin examples/systemd-units has it without any file beside it");
    } finally {
      await undo();
    }
  });
}
