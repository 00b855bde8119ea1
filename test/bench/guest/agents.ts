// Both agents in one guest, each on a port of its own, and what is measured of them beside time.
import { join } from "node:path";
import type { Machine } from "../../guest/machine.ts";
import { startReference } from "../../guest/reference-agent.ts";
import { type Client, connectClient } from "../client.ts";
import { command, type FileAgent, openFile } from "../files.ts";

const SYNC = '{"execute":"guest-sync","arguments":{"id":1}}\n';
const PIECE_BYTES = 1048576;

export interface GuestAgent extends FileAgent {
  readonly version: string;
  /** Of the agent's process in the guest. */
  readonly pid: number;
}

/** @returns ours and qemu-ga. */
export async function startAgents(machine: Machine): Promise<[GuestAgent, GuestAgent]> {
  const reference = await startReference(machine);
  reference.client.close();
  const ours = connected(machine.agentSocket);
  const theirs = connected(join(machine.disks.folder, "reference.sock"));
  return [await guestAgent(machine, ours, ours, "lodger"), await guestAgent(machine, theirs, ours, "reference-agent")];
}

export function connected(socket: string): Client {
  const client = connectClient(socket);
  if (client === undefined) throw new Error(`QEMU does not listen on ${socket}`);
  return client;
}

/** @param carrier the client by which files come and go: the faster agent's. */
async function guestAgent(machine: Machine, client: Client, carrier: Client, unit: string): Promise<GuestAgent> {
  client.ask(SYNC);
  return {
    client,
    version: String(JSON.parse(client.ask('{"execute":"guest-info"}\n')).return.version),
    pid: Number(await machine.shell.out(`systemctl show -p MainPID --value ${unit}`)),
    place: (name, content) => {
      const path = `/mnt/xfs/${unit}-${name}`; // as most files, on a disk and in the page cache
      const handle = openFile({ client: carrier }, path, "w");
      for (let at = 0; at < content.length; at += PIECE_BYTES) {
        carrier.ask(command("guest-file-write", { handle, "buf-b64": content.toString("base64", at, at + PIECE_BYTES) }));
      }
      carrier.ask(command("guest-file-close", { handle }));
      return path;
    },
    beginning: (path, bytes) => {
      const handle = openFile({ client: carrier }, path, "r");
      const answer = JSON.parse(carrier.ask(command("guest-file-read", { handle, count: bytes })));
      carrier.ask(command("guest-file-close", { handle }));
      return Buffer.from(answer.return["buf-b64"], "base64");
    },
  };
}
