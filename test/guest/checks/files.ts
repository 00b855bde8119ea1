import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { AgentClient } from "../agent-client.ts";
import type { SharedGuest } from "../shared-guest.ts";

const MiB = 1024 * 1024;
const size = 16 * MiB;

interface ReadAnswer {
  readonly count: number;
  readonly "buf-b64": string;
  readonly eof: boolean;
}

export async function open(agent: AgentClient, path: string, mode: string): Promise<number> {
  return (await agent.call("guest-file-open", { path, mode })) as number;
}

export async function read(agent: AgentClient, handle: number, count: number): Promise<{ bytes: Buffer; eof: boolean }> {
  const answer = (await agent.call("guest-file-read", { handle, count }, 110_000)) as ReadAnswer;
  const bytes = Buffer.from(answer["buf-b64"], "base64");
  expect(bytes.length).toBe(answer.count);
  return { bytes, eof: answer.eof };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** guest-file-open, -read, -write, -seek, -flush, -close. */
export function fileChecks(guest: SharedGuest): void {
  test("a file of 16 MiB arrives whole in the guest", async () => {
    const content = randomBytes(size);
    const started = performance.now();
    await guest.machine.withAgent(async (agent) => {
      const handle = await open(agent, "/mnt/xfs/from-host", "w");
      for (let offset = 0; offset < size; offset += MiB) {
        const piece = content.subarray(offset, offset + MiB).toString("base64");
        expect(await agent.call("guest-file-write", { handle, "buf-b64": piece })).toEqual({ count: MiB, eof: false });
      }
      await agent.call("guest-file-close", { handle });
    });
    const seconds = (performance.now() - started) / 1000;
    const [hash] = (await guest.machine.shell.out("sha256sum /mnt/xfs/from-host", 60)).split(" ");
    expect(hash).toBe(sha256(content));
    guest.saw(`guest-file-write: 16 MiB arrived whole (sha256 in the guest), ${(16 / seconds).toFixed(1)} MiB/s in pieces of 1 MiB`);
  });

  test.each([
    { name: "in pieces of 1 MiB", count: MiB },
    { name: "in one call", count: size },
  ])("a file of 16 MiB arrives whole at the host, $name", async ({ name, count }) => {
    const { shell } = guest.machine;
    await shell.out(`head -c ${size} /dev/urandom >/mnt/ext4/from-guest`, 60);
    const [hash] = (await shell.out("sha256sum /mnt/ext4/from-guest", 60)).split(" ");
    const started = performance.now();
    const pieces: Buffer[] = [];
    await guest.machine.withAgent(async (agent) => {
      const handle = await open(agent, "/mnt/ext4/from-guest", "r");
      for (let eof = false; !eof; ) {
        const piece = await read(agent, handle, count);
        pieces.push(piece.bytes);
        eof = piece.eof;
      }
      await agent.call("guest-file-close", { handle });
    });
    const seconds = (performance.now() - started) / 1000;
    expect(sha256(Buffer.concat(pieces))).toBe(hash);
    guest.saw(`guest-file-read: 16 MiB arrived whole (sha256 in the guest) ${name}, ${(16 / seconds).toFixed(1)} MiB/s`);
  });

  test("seek, flush, append and end of file, seen from the guest's side", async () => {
    const { shell } = guest.machine;
    await guest.machine.withAgent(async (agent) => {
      const handle = await open(agent, "/mnt/ext4/note", "w+");
      expect(await shell.out("stat -c '%a %U %s' /mnt/ext4/note")).toBe("666 root 0");
      await agent.call("guest-file-write", { handle, "buf-b64": Buffer.from("hello, guest").toString("base64") });
      expect(await agent.call("guest-file-flush", { handle })).toEqual({});
      expect(await shell.out("cat /mnt/ext4/note")).toBe("hello, guest");

      // what the guest changes in the meantime is what the next read sees
      await shell.out("printf 'HELLO' | dd of=/mnt/ext4/note conv=notrunc status=none");
      expect(await agent.call("guest-file-seek", { handle, offset: 0, whence: "set" })).toEqual({ position: 0, eof: false });
      expect((await read(agent, handle, 5)).bytes.toString()).toBe("HELLO");
      expect(await agent.call("guest-file-seek", { handle, offset: -5, whence: 2 })).toEqual({ position: 7, eof: false });
      const rest = await read(agent, handle, 100);
      expect([rest.bytes.toString(), rest.eof]).toEqual(["guest", true]);
      await agent.call("guest-file-close", { handle });

      const appending = await open(agent, "/mnt/ext4/note", "a");
      await agent.call("guest-file-write", { handle: appending, "buf-b64": Buffer.from("!").toString("base64") });
      await agent.call("guest-file-close", { handle: appending });
      expect(await shell.out("cat /mnt/ext4/note")).toBe("HELLO, guest!");

      expect((await agent.failure("guest-file-read", { handle })).desc).toBe(`handle '${handle}' has not been found`);
      expect((await agent.failure("guest-file-open", { path: "/mnt/ext4/none" })).desc).toBe(
        "failed to open file '/mnt/ext4/none' (mode: 'r'): No such file or directory",
      );
    });
    guest.saw("guest-file-seek/-flush/-close: the guest sees flushed bytes, the host sees the guest's changes, closed handles are gone");
  });

  test("an open handle survives the client, and the agent keeps no file open once it is closed", async () => {
    const opened = await guest.machine.withAgent((agent) => open(agent, "/etc/hostname", "r"));
    const files = "ls -l /proc/$(systemctl show -p MainPID --value lodger)/fd | grep -c /etc/hostname";
    expect((await guest.machine.shell.run(files)).stdout.trim()).toBe("1");
    await guest.machine.withAgent(async (agent) => {
      expect((await read(agent, opened, 100)).bytes.toString()).toBe("lodger-guest\n");
      await agent.call("guest-file-close", { handle: opened });
    });
    expect((await guest.machine.shell.run(files)).stdout.trim()).toBe("0");
    guest.saw("guest-file-open/-close: a handle survives a reconnect; /proc/PID/fd shows the file open, then closed");
  });
}
