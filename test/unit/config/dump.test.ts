import { expect, it } from "vitest";
import { NO_ADMIN_CONFIG } from "../../../core/config/admin-config.ts";
import { dumpSettings } from "../../../core/config/dump.ts";
import { parseKeyFile } from "../../../core/config/keyfile.ts";
import { parseStart } from "../../../core/config/start.ts";

const defaultPaths = new Map<string, string | undefined>([
  ["virtio-serial", "/dev/virtio-ports/org.qemu.guest_agent.0"],
  ["tcp-listen", undefined],
]);

function dump(args: readonly string[], config = ""): string {
  const start = parseStart({
    program: "lodger",
    args: ["-D", ...args],
    environment: {},
    admin: NO_ADMIN_CONFIG,
    defaultPaths,
    readFile: () => Buffer.from(config),
  });
  if (start.action !== "dump") throw new Error(start.action);
  return dumpSettings(start.settings);
}

it("prints the defaults as qemu-ga does", () => {
  expect(dump([])).toBe(`[general]
daemon=false
method=virtio-serial
path=/dev/virtio-ports/org.qemu.guest_agent.0
pidfile=/var/run/qemu-ga.pid
statedir=/var/run
verbose=false
retry-path=false
block-rpcs=
allow-rpcs=
`);
});

it("prints everything that is set, ours last", () => {
  const args = ["-dvr", "-m", "tcp-listen", "-p", " a\tb\\", "-l", "", "-F", "-b", "a,b", "-b", "c", "-a", " d;e,f"];
  expect(dump([...args, "--tls-cert=c", "--tls-key=k", "--tls-ca=a", "--vsock-peers=2,3"])).toBe(`[general]
daemon=true
method=tcp-listen
path=\\sa\tb\\\\
logfile=
pidfile=/var/run/qemu-ga.pid
fsfreeze-hook=/etc/qemu/fsfreeze-hook
statedir=/var/run
verbose=true
retry-path=true
block-rpcs=b,a,c
allow-rpcs=f, d;e
tls-cert=c
tls-key=k
tls-ca=a
vsock-peers=2,3
`);
});

it("prints who may connect by vsock where it is said, even if it is the default", () => {
  expect(dump(["--vsock-peers=2"])).toMatch(/^allow-rpcs=\nvsock-peers=2\n$/m);
  expect(dump([], dump(["--vsock-peers=any"]))).toMatch(/^allow-rpcs=\nvsock-peers=any\n$/m);
});

it("is a configuration file that says the same", () => {
  const first = dump(["-v", "-p", "\t x\n", "-t", "/s ", "-b", "a"]);
  expect(dump([], first)).toBe(first);
  expect(parseKeyFile(Buffer.from(first), "dump").string("general", "path")).toBe("\t x\n");
});
