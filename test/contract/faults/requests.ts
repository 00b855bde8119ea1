/** A request for every command that touches the system, as a client would make it. */
import { join } from "node:path";

export interface Scene {
  readonly request: string;
  readonly arguments?: object;
  /** What comes before it, and isn't disturbed. "$handle" and "$pid" in later arguments are what it returned. */
  readonly before?: readonly Step[];
}

type Step = readonly [request: string, args: object];

export const SENT = Buffer.from("what is written, and nothing else");

export function scenes(folder: string): readonly Scene[] {
  const path = join(folder, "file");
  const open: Step = ["guest-file-open", { path, mode: "w+" }];
  const encoded = SENT.toString("base64");
  const write: Step = ["guest-file-write", { handle: "$handle", "buf-b64": encoded }];
  const rewind: Step = ["guest-file-seek", { handle: "$handle", offset: 0, whence: "set" }];
  const freeze: Step = ["guest-fsfreeze-freeze-list", { mountpoints: [folder] }];
  const keys = ["ssh-ed25519 BBBB after"];
  return [
    { request: "guest-info" },
    { request: "guest-get-time" },
    { request: "guest-set-time", arguments: { time: 1 } },
    { request: "guest-set-time" },
    { request: "guest-shutdown", arguments: { mode: "powerdown" } },
    { request: "guest-file-open", arguments: { path, mode: "r" } },
    { request: "guest-file-open", arguments: { path: `${path}-new`, mode: "w" } },
    { request: "guest-file-close", arguments: { handle: "$handle" }, before: [open] },
    { request: "guest-file-read", arguments: { handle: "$handle" }, before: [open, write, rewind] },
    { request: "guest-file-read", arguments: { handle: "$handle", count: 3_000_000 }, before: [open, write, rewind] },
    { request: "guest-file-write", arguments: write[1], before: [open] },
    { request: "guest-file-seek", arguments: { handle: "$handle", offset: 0, whence: "end" }, before: [open, write] },
    { request: "guest-file-flush", arguments: { handle: "$handle" }, before: [open, write] },
    { request: "guest-fsfreeze-status" },
    { request: "guest-fsfreeze-freeze-list", arguments: { mountpoints: [folder] } },
    { request: "guest-fsfreeze-thaw", before: [freeze] },
    { request: "guest-lodger-freeze-plan" },
    { request: "guest-suspend-disk" },
    { request: "guest-suspend-ram" },
    { request: "guest-suspend-hybrid" },
    { request: "guest-network-get-interfaces" },
    { request: "guest-network-get-route" },
    { request: "guest-get-vcpus" },
    { request: "guest-set-vcpus", arguments: { vcpus: [{ "logical-id": 0, online: true }] } },
    { request: "guest-get-cpustats" },
    { request: "guest-get-load" },
    { request: "guest-fstrim" },
    { request: "guest-get-disks" },
    { request: "guest-get-fsinfo" },
    { request: "guest-get-diskstats" },
    { request: "guest-exec", arguments: { path: "/bin/true", "capture-output": true } },
    { request: "guest-get-host-name" },
    { request: "guest-get-osinfo" },
    { request: "guest-get-timezone" },
    { request: "guest-set-user-password", arguments: { username: "ada", password: "c2VjcmV0", crypted: false } },
    { request: "guest-get-users" },
    { request: "guest-ssh-get-authorized-keys", arguments: { username: "ada" } },
    { request: "guest-ssh-add-authorized-keys", arguments: { username: "ada", keys } },
    { request: "guest-ssh-remove-authorized-keys", arguments: { username: "ada", keys: ["ssh-ed25519 AAAA before"] } },
  ];
}

/** Those that touch nothing, those of machines that this one needn't be, and the status of what guest-exec has started. */
export const WITHOUT_SCENE: ReadonlySet<string> = new Set([
  "guest-sync",
  "guest-sync-delimited",
  "guest-ping",
  "guest-exec-status",
  "guest-lodger-stats",
  "guest-fsfreeze-freeze",
  "guest-get-memory-blocks",
  "guest-set-memory-blocks",
  "guest-get-memory-block-info",
  "guest-hello",
]);
