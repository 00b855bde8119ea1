import { expect, test } from "vitest";
import { type AgentClient, AgentError } from "../agent-client.ts";
import { until } from "../deadline.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { open, read } from "./files.ts";
import { logOf, mainPid } from "./freeze-agent.ts";
import { auditFile, base, traceOfAttack, writes } from "./governed.ts";

const configuration = "/etc/lodger/lodger.toml";
const rules = `${base}
[policy]
profile = "backup"
allow = ["guest-exec-status", "guest-file-read", "guest-file-close", "guest-late"]

[[policy.allow-if]]
commands = "guest-exec"
arguments.path.program = ["/usr/bin/uptime", "/usr/bin/df"]
arguments.env.absent = true

[[policy.allow-if]]
commands = "guest-file-open"
arguments.path.inside = ["/srv/share"]
`;

/** Ways to start a shell, or what looks like an allowed program. */
const programs = [
  "/bin/sh",
  "sh",
  "/usr/bin/../bin/sh",
  "/usr/bin/df/../sh",
  "/usr//bin//sh",
  "/proc/self/root/bin/sh",
  "/proc/1/root/usr/bin/sh",
  "/proc/self/cwd/bin/sh",
  "/run/links/df",
  "/usr/bin/uptime/../../../bin/sh",
  "../../../../bin/sh",
  "/usr/bin/df\n/bin/sh",
  "/usr/bin/df /bin/sh",
  "/usr/bin/DF",
  "/usr/bin/df\u0000/bin/sh",
];

/** Ways to /root/secret. */
const secrets = [
  "/root/secret",
  "//root/secret",
  "/srv/share/../../root/secret",
  "/srv/share/sub/../../../root/secret",
  "/srv/share/link",
  "/srv/share/./sub/../link",
  "/srv/share/out/secret",
  "/srv/share//out//secret",
  "/srv/share-other/secret",
  "srv/share/../../root/secret",
  "../root/secret",
  "/proc/self/root/root/secret",
  "/proc/1/root/root/secret",
  "/proc/self/cwd/root/secret",
  "/proc/self/root/srv/share/../../root/secret",
  "/srv/share/root/root/secret",
  "/srv/share/fd/../root/root/secret",
];

/** Changes the place of a folder and a link again and again, each time by one call of the kernel; perl is there, a compiler isn't. */
const swaps = `chdir "/srv/share/drop"; my ($x, $y) = ("x", "y"); while (1) { syscall(316, -100, $x, -100, $y, 2) == 0 or die $! }`;

const prepare = [
  "set -e; umask 022; mkdir -p /srv/share/sub /srv/share/drop /srv/share-other /run/links",
  "echo allowed >/srv/share/file; echo secret >/root/secret; chmod 600 /root/secret",
  "ln /root/secret /srv/share-other/secret",
  "ln -s /root/secret /srv/share/link; ln -s /root /srv/share/out; ln -s / /srv/share/root; ln -s /proc/self/fd /srv/share/fd",
  "ln -s /root/created /srv/share/new; ln -s /bin/sh /run/links/df",
  "mkdir /srv/share/drop/x; echo allowed >/srv/share/drop/x/secret; ln -s /root /srv/share/drop/y; chown -R -h nobody: /srv/share/drop",
].join("\n");

async function enabled(agent: AgentClient): Promise<ReadonlySet<string>> {
  const { supported_commands } = (await agent.call("guest-info")) as { supported_commands: { name: string; enabled: boolean }[] };
  return new Set(supported_commands.filter((each) => each.enabled).map(({ name }) => name));
}

/** @returns the text of a file, or "refused" where the agent doesn't open it. */
async function textOf(agent: AgentClient, path: string): Promise<string> {
  try {
    const handle = await open(agent, path, "r");
    const { bytes } = await read(agent, handle, 100);
    await agent.call("guest-file-close", { handle });
    return bytes.toString();
  } catch (error) {
    if (error instanceof AgentError && !error.desc.includes("inside the agent")) return "refused";
    throw error;
  }
}

/** The admin's lodger.toml, and hosts who try to get around it. */
export function ruleChecks(guest: SharedGuest): void {
  test("rules count as soon as the file changes, guest-info shows them, and a mistake changes nothing", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      expect((await enabled(agent)).has("guest-set-time")).toBe(true);
      await machine.shell.out(`${prepare}\n${writes(configuration, rules)}`);
      const changed = performance.now();
      const now = await until(20_000, "the new rules", async () => {
        const names = await enabled(agent);
        return names.has("guest-set-time") ? undefined : names;
      });
      const took = performance.now() - changed;
      const names = ["guest-ping", "guest-fsfreeze-freeze", "guest-exec", "guest-file-open", "guest-set-user-password", "guest-shutdown"];
      expect(names.filter((name) => now.has(name))).toEqual(names.slice(0, 4));
      expect(await agent.failure("guest-set-time")).toEqual({
        class: "CommandNotFound",
        desc: "Command guest-set-time has been disabled: the command is not allowed",
      });

      const pid = await machine.shell.out(mainPid);
      await machine.shell.out(writes(configuration, rules.replace("profile", "profil")));
      const { line } = await logOf(machine, pid, /: error: .*lodger\.toml:\d+: .*profil/);
      expect((await enabled(agent)).has("guest-set-time")).toBe(false);
      await machine.shell.out(writes(configuration, rules));
      guest.saw(`rules: in force ${took.toFixed(0)} ms after lodger.toml changed; a mistake keeps them: ${line}`);
    });
  });

  test("guest-exec starts two programs and no other, however it is spelt", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      const { pid } = (await agent.call("guest-exec", { path: "/usr/bin/df", arg: ["/"], "capture-output": true })) as { pid: number };
      const status = await until(30_000, "df to end", async () => {
        const now = (await agent.call("guest-exec-status", { pid })) as { exited: boolean; exitcode?: number };
        return now.exited ? now : undefined;
      });
      expect(status.exitcode).toBe(0);
      const arg = ["-c", `touch ${traceOfAttack}`];
      for (const path of programs) expect([path, (await agent.failure("guest-exec", { path, arg })).class]).toEqual([path, "GenericError"]);
      for (const env of [["LD_PRELOAD=/run/links/x.so"], ["PATH=/run/links"], []]) {
        expect((await agent.failure("guest-exec", { path: "/usr/bin/df", env })).desc).toContain("not allowed");
        expect((await agent.failure("guest-exec", { path: "df", env })).desc).toContain("not allowed");
      }
    });
    expect((await machine.shell.run(`[ -e ${traceOfAttack} ]`)).status).toBe(1);
    guest.saw(`rules: guest-exec of two programs: ${programs.length + 6} ways around it refused, nothing ran`);
  });

  test("guest-file-open stays in its folder, however the path is spelt", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      expect(await textOf(agent, "/srv/share/file")).toBe("allowed\n");
      expect(await textOf(agent, "/srv/share/sub/../file")).toBe("allowed\n");
      for (const path of secrets) expect([path, await textOf(agent, path)]).toEqual([path, "refused"]);
      for (const path of ["/srv/share/new", "/root/created", "/srv/share/out/created"])
        await agent.failure("guest-file-open", { path, mode: "w" });
    });
    expect(await machine.shell.out("cat /root/secret; ls /root")).toBe("secret\nsecret");
    guest.saw(`rules: guest-file-open of one folder: ${secrets.length + 3} ways out of it refused, nothing read or made outside`);
  });

  test("guest-file-open stays in its folder while a user swaps what is on the way", async () => {
    const { machine } = guest;
    await machine.shell.out(
      `setsid setpriv --reuid=nobody --clear-groups perl -e '${swaps}' >/dev/null 2>/run/links/swapper & echo $! >/run/links/pid`,
    );
    const seen = new Map<string, number>();
    try {
      await machine.withAgent(async (agent) => {
        for (let round = 0; round < 200; round++) {
          const text = await textOf(agent, "/srv/share/drop/x/secret");
          seen.set(text, (seen.get(text) ?? 0) + 1);
        }
      });
    } finally {
      expect(await machine.shell.out("kill -0 $(cat /run/links/pid); kill $(cat /run/links/pid); cat /run/links/swapper")).toBe("");
    }
    expect([...seen.keys()].toSorted()).toEqual(["allowed\n", "refused"]);
    guest.saw(
      `rules: 200 opens while nobody swapped a folder and a link to /root: ${seen.get("allowed\n")} inside, ${seen.get("refused")} refused, none outside`,
    );
  }, 180_000);
}

/** One line a request, on a disk of the guest and in its journal. */
export function auditChecks(guest: SharedGuest): void {
  test("says who was refused what by which line, in the file and the journal", async () => {
    const { machine } = guest;
    await machine.withAgent((agent) =>
      agent.failure("guest-exec", { path: "/bin/sh", env: ["PASSWORD=geheim"], "input-data": "Z2VoZWlt" }),
    );
    const line = await until(
      10_000,
      "the line",
      async () => (await machine.shell.run(`tail -n 1 ${auditFile} | grep refused`)).stdout || undefined,
    );
    expect(JSON.parse(line)).toMatchObject({
      connection: { peer: expect.stringContaining("virtio-ports") },
      command: "guest-exec",
      arguments: { path: "/bin/sh", env: ["PASSWORD=…"], "input-data": "(secret)" },
      decision: "refused",
      rule: expect.stringMatching(/^\/etc\/lodger\/lodger\.toml:\d+$/),
      result: "refused",
    });
    const journal = await until(20_000, "the journal's entry", async () => {
      const { stdout } = await machine.shell.run("journalctl -q -o json -n 1 SYSLOG_IDENTIFIER=lodger-audit LODGER_DECISION=refused");
      return stdout === "" ? undefined : (JSON.parse(stdout) as Record<string, string>);
    });
    expect(journal).toMatchObject({ LODGER_COMMAND: "guest-exec", PRIORITY: "5", LODGER_JSON: line.trimEnd() });
    expect((await machine.shell.run(`grep -c -E 'geheim|Z2VoZWlt' ${auditFile}`)).stdout).toBe("0\n");
    expect(await machine.shell.out(`stat -c %a ${auditFile} $(dirname ${auditFile})`)).toBe("600\n700");
    guest.saw(`audit: ${journal.MESSAGE}`);
  });

  test("goes on in a new file when logrotate has moved it", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      await machine.shell.out(`mv ${auditFile} ${auditFile}.1; sleep 1`);
      await agent.call("guest-ping");
      const first = await until(10_000, "a new file", async () => (await machine.shell.run(`cat ${auditFile}`)).stdout || undefined);
      const last = JSON.parse(await machine.shell.out(`tail -n 1 ${auditFile}.1`)) as { n: number };
      expect(JSON.parse(first)).toMatchObject({ n: last.n + 1, command: "guest-ping" });
    });
    guest.saw("audit: a file that was moved away is made anew, without a gap in the numbers");
  });

  test("waits, and no plugin is loaded, while its disk is frozen", async () => {
    const { machine } = guest;
    const late = `import { command, definePlugin } from "lodger/plugin";
export default definePlugin({ name: "late", commands: () => [command({ name: "guest-late", since: "1", summary: "Is late.", run: () => undefined })] });
`;
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-freeze-list", { mountpoints: ["/mnt/ext4"] })).toBe(1);
      try {
        const lines = `wc -l <${auditFile}`;
        const before = await machine.shell.out(lines);
        await machine.shell.out(`${writes("/etc/lodger/plugins/late.mjs", late)}; systemctl kill --signal=HUP lodger; sleep 1`);
        for (let ping = 0; ping < 50; ping++) await agent.call("guest-ping");
        expect((await agent.failure("guest-late")).desc).toBe("The command guest-late has not been found");
        expect(await machine.shell.out(lines)).toBe(before);
        expect(await agent.call("guest-fsfreeze-thaw")).toBe(1);
        await until(20_000, "the plugin to be loaded", () => agent.call("guest-late").catch(() => undefined), 200);
        await until(10_000, "the lines", async () => (Number(await machine.shell.out(lines)) > Number(before) + 53 ? true : undefined));
      } finally {
        await agent.call("guest-fsfreeze-thaw");
      }
    });
    const events = await machine.shell.out(`sed -n 's/.*"event":"\\([a-z-]*\\)".*/\\1/p' ${auditFile}`);
    expect(events.split("\n")).toEqual(["thawed", "reload"]);
    guest.saw("audit: while its disk is frozen 50 requests wait in memory and a new plugin is not loaded; after the thaw both are there");
  });
}
