import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { AgentClient } from "../agent-client.ts";
import { until } from "../deadline.ts";
import type { SharedGuest } from "../shared-guest.ts";

const MiB = 1024 * 1024;
const limit = 16 * MiB;

interface Status {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
  readonly "out-truncated"?: boolean;
}

async function start(agent: AgentClient, path: string, arg: readonly string[], more: object = {}): Promise<number> {
  return ((await agent.call("guest-exec", { path, arg, ...more })) as { pid: number }).pid;
}

async function end(agent: AgentClient, pid: number, milliseconds = 60_000, meanwhile = async () => {}): Promise<Status> {
  return await until(milliseconds, `process ${pid} to end`, async () => {
    const status = (await agent.call("guest-exec-status", { pid }, milliseconds)) as Status;
    if (status.exited) return status;
    await meanwhile();
    return undefined;
  });
}

function text(data: string | undefined): string | undefined {
  return data === undefined ? undefined : Buffer.from(data, "base64").toString();
}

/** guest-exec and guest-exec-status. */
export function execChecks(guest: SharedGuest): void {
  test("a program of the guest runs, with its output apart, its exit code, and its signal", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      const script = "cat /proc/sys/kernel/random/boot_id; echo to stderr >&2; exit 7";
      const status = await end(agent, await start(agent, "/bin/sh", ["-c", script], { "capture-output": true }));
      expect({ ...status, "out-data": text(status["out-data"]), "err-data": text(status["err-data"]) }).toEqual({
        ...{ exited: true, exitcode: 7, "out-truncated": false, "err-truncated": false },
        "out-data": `${await machine.shell.out("cat /proc/sys/kernel/random/boot_id")}\n`,
        "err-data": "to stderr\n",
      });

      const killed = await start(agent, "sleep", ["1000"]);
      expect(await machine.shell.out(`cat /proc/${killed}/cmdline | tr '\\0' ' '`)).toBe("sleep 1000");
      expect(await agent.call("guest-exec-status", { pid: killed })).toEqual({ exited: false });
      await machine.shell.out(`kill -KILL ${killed}`);
      expect(await end(agent, killed)).toEqual({ exited: true, signal: 9 });
      // asked for once, it is forgotten; and no zombie is left
      expect((await agent.failure("guest-exec-status", { pid: killed })).class).toBe("GenericError");
      expect((await machine.shell.run(`[ -e /proc/${killed} ]`)).status).toBe(1);
      expect((await agent.failure("guest-exec", { path: "/no/such/program" })).desc).toMatch(/No such file or directory/);
    });
    guest.saw(
      "guest-exec: boot_id on its output, stderr apart, exit code 7; a sleep killed in the guest reports signal 9 and leaves no zombie",
    );
  });

  test("bytes go in and out unchanged", async () => {
    const { machine } = guest;
    const bytes = randomBytes(MiB);
    await machine.withAgent(async (agent) => {
      const input = { "input-data": bytes.toString("base64"), "capture-output": true };
      const hash = createHash("sha256").update(bytes).digest("hex");
      const summed = await end(agent, await start(agent, "sha256sum", [], input));
      expect(text(summed["out-data"])).toBe(`${hash}  -\n`);
      const copied = await end(agent, await start(agent, "cat", [], input));
      expect(Buffer.from(copied["out-data"] ?? "", "base64").equals(bytes)).toBe(true);
    });
    guest.saw("guest-exec: 1 MiB of random bytes in (sha256sum in the guest) and out again unchanged");
  });

  test("the environment is the caller's, and arguments are no shell's", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      const argument = "$(touch /run/injected); `id` * \n'\"";
      const env = ["GREETING=grüß dich", "PATH=/usr/bin:/bin"];
      const shown = await end(agent, await start(agent, "env", [], { env, "capture-output": true }));
      expect(text(shown["out-data"])?.trim().split("\n").toSorted()).toEqual(env.toSorted());
      const printed = await end(agent, await start(agent, "printf", ["%s", argument], { "capture-output": true }));
      expect(text(printed["out-data"])).toBe(argument);
    });
    expect((await machine.shell.run("[ -e /run/injected ]")).status).toBe(1);
    guest.saw("guest-exec: env replaces the environment, an argument full of shell signs arrives as it is and runs nothing");
  });

  test("the channel stays fast while a child runs and talks", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      // more than is kept, in pieces, for a few seconds
      const script = `for i in 1 2 3 4 5 6 7 8 9; do head -c ${2 * MiB} /dev/zero; sleep 0.3; done`;
      const pid = await start(agent, "bash", ["-c", script], { "capture-output": true });
      const times: number[] = [];
      const status = await end(agent, pid, 60_000, async () => {
        const started = performance.now();
        await agent.call("guest-ping");
        times.push(performance.now() - started);
      });
      expect(times.length).toBeGreaterThan(5);
      const sorted = times.toSorted((a, b) => a - b);
      expect([status.exitcode, status["out-truncated"]]).toEqual([0, true]);
      expect(Buffer.from(status["out-data"] ?? "", "base64").equals(Buffer.alloc(limit))).toBe(true);
      expect(sorted.at(-1)).toBeLessThan(2000);
      guest.saw(
        `guest-exec: ${times.length} pings while a child wrote 18 MiB: median ${sorted[sorted.length >> 1]?.toFixed(0)} ms, slowest ${sorted.at(-1)?.toFixed(0)} ms; 16 MiB kept, marked as truncated`,
      );
    });
  });
}
