/** A guest whose admin has plugins, scripts, rules and an audit; and how it gets back to having none. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { AgentClient } from "../agent-client.ts";
import { until } from "../deadline.ts";
import type { Machine } from "../machine.ts";
import { repository } from "../requirements.ts";
import type { SharedGuest } from "../shared-guest.ts";

export const auditFile = "/mnt/ext4/audit/audit.jsonl";
/** Is there only if something ran that may not. */
export const traceOfAttack = "/run/attacked";

const example = "examples/systemd-units";

export const base = `
[audit]
file = "${auditFile}"
journal = true
except = ["guest-sync*"]

[plugins.apart]
isolate = true
start-timeout = 60

[plugins.systemd-units.options]
units = ["victim.service"]
`;

const apart = `import { command, definePlugin, Type } from "lodger/plugin";
export default definePlugin({
  name: "apart",
  commands: () => [
    command({ name: "guest-apart", since: "1.0", summary: "Tells its process.", returns: Type.Object({ pid: Type.Int64() }), run: () => ({ pid: process.pid }) }),
  ],
});
`;

/** One that anybody could have changed. */
const theirs = `import { writeFileSync } from "node:fs";
writeFileSync("${traceOfAttack}", "a plugin");
export { default } from "./apart.mjs";
`;

const whoami = `#!/bin/sh
printf '{"user": "%s", "groups": "%s"}\\n' "$(id -un)" "$(id -Gn)"
`;

const whoamiManifest = `command = "guest-whoami"
summary = "Tells whom it runs as."
user = "nobody"
[returns.members]
user = { type = "string" }
groups = { type = "string" }
`;

const victim = `[Service]
ExecStart=/bin/sleep infinity
`;

/** A command that writes a file, whatever is in it. */
export function writes(file: string, text: string, mode = "644"): string {
  return `echo ${Buffer.from(text).toString("base64")} | base64 -d >${file}.new; chmod ${mode} ${file}.new; mv ${file}.new ${file}`;
}

/** Waits for what may be there only a while after the agent answers. */
export async function brings(agent: AgentClient, ...commands: readonly string[]): Promise<void> {
  await until(60_000, `the plugins to bring ${commands.join(", ")}`, async () => {
    const { supported_commands } = (await agent.call("guest-info")) as { supported_commands: { name: string }[] };
    const names = new Set(supported_commands.map(({ name }) => name));
    return commands.every((name) => names.has(name)) ? true : undefined;
  });
}

export function governs(guest: SharedGuest): void {
  beforeAll(async () => {
    const folder = "/etc/lodger/plugins";
    await guest.machine.shell.out(
      [
        "set -e; umask 022; mkdir -p /etc/lodger/commands /run/systemd/system /srv/share/sub",
        `mkdir -p ${folder}/systemd-units`,
        `lodger plugin new greeter --dir=${folder} >/dev/null`,
        ...["index.ts", "units.ts", "package.json"].map((name) =>
          writes(`${folder}/systemd-units/${name}`, readFileSync(path.join(repository, example, name), "utf8")),
        ),
        writes(`${folder}/apart.mjs`, apart),
        writes(`${folder}/theirs.mjs`, theirs, "666"),
        writes("/etc/lodger/commands/whoami.sh", whoami, "755"),
        writes("/etc/lodger/commands/whoami.toml", whoamiManifest),
        writes("/run/systemd/system/victim.service", victim),
        writes("/etc/lodger/lodger.toml", base),
        "systemctl daemon-reload; systemctl start victim; systemctl restart lodger",
      ].join("\n"),
      60,
    );
    const { machine } = guest;
    await machine
      .withAgent((agent) => brings(agent, "guest-greeter", "guest-whoami", "guest-apart", "guest-unit-status"))
      .catch(async (error: Error) => {
        throw new Error(`${error.message}\n${await machine.shell.out("journalctl -q -o cat -u lodger | tail -n 20")}`);
      });
  }, 120_000);

  afterAll(() => ungoverned(guest.machine), 60_000);
}

async function ungoverned(machine: Machine): Promise<void> {
  await machine.shell.run(
    [
      "systemctl stop victim; rm -rf /etc/lodger /run/systemd/system/victim.service /srv/share /srv/share-other /root/secret /root/created",
      `rm -rf /run/attacked /run/links ${path.dirname(auditFile)}; systemctl daemon-reload; systemctl restart lodger`,
    ].join("\n"),
    60,
  );
}
