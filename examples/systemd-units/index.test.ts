import { OsError, type ProcessResult } from "lodger/plugin";
import { assert, startPlugin, test } from "lodger/plugin/testing";
import plugin from "./index.ts";
import { matches, parseShow } from "./units.ts";

const NGINX = `Id=nginx.service
Description=A web server = fast
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
MainPID=812
Result=success
NRestarts=0
`;
const SSH = `Id=ssh.service
Description=OpenBSD Secure Shell server
LoadState=loaded
ActiveState=failed
SubState=failed
UnitFileState=disabled
MainPID=0
Result=exit-code
NRestarts=3
`;
const MISSING = "Id=nothing.service\nDescription=nothing.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n";

/** A systemctl that knows these units, and an alias; the list has what was run. */
async function start(options: { units?: string[] } = {}) {
  const ran: string[] = [];
  const answers: Record<string, string> = {
    "*.service": `${NGINX}\n${SSH}`,
    "nginx.service": NGINX,
    "web.service": NGINX,
    "ssh.service": SSH,
    "nothing.service": MISSING,
  };
  const run = async (program: string, args: readonly string[]): Promise<ProcessResult> => {
    ran.push([program, ...args].join(" "));
    const output = args[0] === "show" ? (answers[args.at(-1) ?? ""] ?? "") : "";
    return { status: 0, signal: undefined, output };
  };
  const files = { status: async () => ({ kind: "folder" as const, uid: 0, mode: 0o755 }) };
  return { ran, ...(await startPlugin(plugin, { options, needs: { processes: { run }, files } })) };
}

test("lists the units of a kind", async () => {
  const { call, ran, stop } = await start();
  assert.deepEqual(await call("guest-units-list"), [
    { name: "nginx.service", description: "A web server = fast", load: "loaded", active: "active", sub: "running" },
    { name: "ssh.service", description: "OpenBSD Secure Shell server", load: "loaded", active: "failed", sub: "failed" },
  ]);
  assert.deepEqual(ran, ["systemctl show --no-pager --property=Id,Description,LoadState,ActiveState,SubState -- *.service"]);
  assert.deepEqual(await call("guest-units-list", { kind: "timer" }), []);
  await assert.rejects(call("guest-units-list", { kind: "door" }), /does not accept value 'door'/);
  await stop();
});

test("tells how one does", async () => {
  const { call, stop } = await start();
  const nginx = { name: "nginx.service", description: "A web server = fast", load: "loaded", active: "active", sub: "running" };
  assert.deepEqual(await call("guest-unit-status", { unit: "nginx.service" }), {
    ...nginx,
    "unit-file": "enabled",
    pid: 812,
    result: "success",
    restarts: 0,
  });
  await assert.rejects(call("guest-unit-status", { unit: "nothing.service" }), /there is no unit nothing.service/);
  await stop();
});

test("takes nothing for a name that is none", async () => {
  const { call, ran, stop } = await start({ units: ["*"] });
  const names = [
    "",
    "nginx",
    "*.service",
    "-H.service",
    "--host=x.service",
    "../a.service",
    "/dev/sda.device",
    "a b.service",
    "a\n.service",
  ];
  for (const unit of [...names, "ä.service", `${"a".repeat(250)}.service`, "a.service\u0000", "$(reboot).service"]) {
    await assert.rejects(call("guest-unit-restart", { unit }), /is no name of a unit/);
  }
  assert.deepEqual(ran, []);
  await stop();
});

test("restarts what the admin has named, and nothing else", async () => {
  const { call, ran, log, stop } = await start({ units: ["nginx.*"] });
  const { active } = (await call("guest-unit-restart", { unit: "web.service" })) as { active: string };
  assert.equal(active, "active");
  assert.ok(ran.includes("systemctl restart --no-ask-password -- nginx.service"), "the alias leads to its own name");
  assert.ok(log.some((line) => line.includes("restarts nginx.service")));
  await assert.rejects(call("guest-unit-restart", { unit: "ssh.service" }), /ssh.service may not be restarted/);
  assert.equal(ran.filter((line) => line.includes("restart ")).length, 1);
  await stop();
});

test("restarts nothing where nothing is named", async () => {
  const { call, ran, stop } = await start();
  await assert.rejects(call("guest-unit-restart", { unit: "nginx.service" }), /may not be restarted/);
  assert.ok(ran.every((line) => line.startsWith("systemctl show ")));
  await stop();
});

test("a system without systemd has none of the commands", async () => {
  const status = () => Promise.reject(new OsError("ENOENT", 2, "No such file or directory", "stat"));
  const { call, stop } = await startPlugin(plugin, { needs: { files: { status } } });
  await assert.rejects(call("guest-units-list"), /has not been found/);
  await stop();
});

test("a systemctl that fails says why", async () => {
  const run = async () => ({ status: 1, signal: undefined, output: "Failed to connect to bus\n" });
  const files = { status: async () => ({ kind: "folder" as const, uid: 0, mode: 0o755 }) };
  const { call, stop } = await startPlugin(plugin, { needs: { processes: { run }, files } });
  await assert.rejects(call("guest-units-list"), /failed to ask systemd: Failed to connect to bus/);
  await stop();
});

test("patterns and what systemctl prints", () => {
  assert.ok(matches("nginx@*.service", "nginx@a.service"));
  assert.ok(matches("web?.service", "web1.service"));
  for (const name of ["nginx.service.d", "xnginx.service", "nginxxservice"]) assert.ok(!matches("nginx.service", name), name);
  assert.deepEqual(parseShow("Warning: something changed\n\nId=a.service\nDescription=\n"), [
    new Map([
      ["Id", "a.service"],
      ["Description", ""],
    ]),
  ]);
});
