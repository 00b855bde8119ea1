import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../deadline.ts";
import type { SharedGuest } from "../shared-guest.ts";

const unit = "vsock-agent";
const port = 5555;
/** VMADDR_CID_LOCAL: this machine. */
const loopback = 1;
const listening = `/usr/local/sbin/lodger -m vsock-listen -p ${loopback}:${port} -t /run/${unit}`;

/** The transport vsock-listen, over the kernel's loopback, since no host is there that could speak it. */
export function vsockChecks(guest: SharedGuest): void {
  beforeAll(async () => {
    const { shell } = guest.machine;
    // which only ours has: without it nobody but the host is let in
    const peers = `$(lodger --help | grep -qe --vsock-peers && echo --vsock-peers=${loopback})`;
    await shell.out(`modprobe vsock_loopback; mkdir -p /run/${unit}; systemd-run --quiet --unit=${unit} ${listening} ${peers}`);
  }, 60_000);
  afterAll(async () => {
    await guest.machine.shell.run(`systemctl stop ${unit}; systemctl reset-failed ${unit}; rm -r /run/${unit}`);
  }, 60_000);

  /** One client: what it sends, and what it has got when it closes. */
  const exchange = async (requests: readonly string[]) => {
    const lines = requests.map((request) => `'${request}'`).join(" ");
    // it keeps its side open until all answers are there, as a client does
    const client = `socat -t 5 - VSOCK-CONNECT:${loopback}:${port}`;
    return await guest.machine.shell.run(`(printf '%s\\n' ${lines}; sleep 1) | ${client} | base64 -w0`, 60);
  };

  test("an agent listens on vsock, for one client after the other", async () => {
    const first = await until(60_000, "an answer over vsock", async () => {
      const { stdout } = await exchange([
        '{"execute":"guest-sync-delimited","arguments":{"id":9007199254740993}}',
        '{"execute":"guest-ping"}',
      ]);
      return stdout === "" ? undefined : Buffer.from(stdout, "base64").toString("latin1");
    });
    expect(first).toBe('\xff{"return": 9007199254740993}\n{"return": {}}\n');

    const { stdout } = await exchange(['{"execute":"guest-get-host-name"}']);
    const name = await guest.machine.shell.out("hostname");
    expect(Buffer.from(stdout, "base64").toString()).toBe(`{"return": {"host-name": "${name}"}}\n`);
    guest.saw(
      `vsock-listen: socat as the client over the kernel's loopback, CID ${loopback}, port ${port}: sync, ping and host name answered, two clients`,
    );
  });

  test("lodger call asks over vsock", async () => {
    const answer = await guest.machine.shell.out(`lodger call vsock:${loopback}:${port} guest-get-host-name`, 60);
    expect(JSON.parse(answer)).toEqual({ "host-name": await guest.machine.shell.out("hostname") });
    guest.saw(`lodger call vsock:${loopback}:${port} answers ${answer.trim()}`);
  });

  test("who is not the host is not let in without being named", async () => {
    const { shell } = guest.machine;
    await shell.out(`systemctl stop ${unit}; systemctl reset-failed ${unit}; systemd-run --quiet --unit=${unit} ${listening}`, 60);
    await until(60_000, "a client of vsock to be refused", async () => {
      expect((await exchange(['{"execute":"guest-ping"}'])).stdout).toBe("");
      return (await shell.out(`journalctl -o cat -u ${unit}`)).includes("CID 1 is not among those that may connect") ? true : undefined;
    });
    guest.saw("vsock-listen: without --vsock-peers a program of the guest itself gets nothing, and the log says why");
  });
}
