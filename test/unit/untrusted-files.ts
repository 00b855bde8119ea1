/** Files that aren't trusted: what each is, and what is said about it. BASE stands for the folder that all this is in. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { native } from "../../core/os/native.ts";

/** It need not be in any file of users. */
export const ALICE = 61_001;
/** What is there, and root's, before anything is prepared. */
export const FILE = "etc/lodger/file";

export type UntrustedFile = readonly [what: string, path: string, reason: string, prepare: () => void];

/** @param at the place of a path below BASE, when it is prepared. */
export function untrustedFiles(at: (path: string) => string): readonly UntrustedFile[] {
  const belongs = (path: string) => `BASE/${path}: this belongs to user ${ALICE}, who could change it: 'chown root BASE/${path}'`;
  const writable = (path: string) => `BASE/${path}: others than its owner may write to it: 'chmod go-w BASE/${path}'`;
  const link = (path: string) =>
    `BASE/${path}: this link belongs to user ${ALICE}, who could change it: 'chown --no-dereference root BASE/${path}'`;
  const irregular = (path: string) => `BASE/${path}: this is no regular file: put one there`;
  const owned = (path: string) => chownSync(at(path), ALICE, ALICE);

  const rows: readonly UntrustedFile[] = [
    ["a user's file", FILE, belongs(FILE), () => owned(FILE)],
    [
      "a user's file that only root may write to",
      FILE,
      belongs(FILE),
      () => {
        owned(FILE);
        chmodSync(at(FILE), 0o444);
      },
    ],
    ["a file that all may write to", FILE, writable(FILE), () => chmodSync(at(FILE), 0o646)],
    ["a file that its group may write to", FILE, writable(FILE), () => chmodSync(at(FILE), 0o664)],
    ["a file that all may write to, with a sticky bit", FILE, writable(FILE), () => chmodSync(at(FILE), 0o1666)],
    ["a file that an access list lets a user write to", FILE, writable(FILE), () => letWrite(FILE)],
    ["a folder that an access list lets a user write to", FILE, writable("etc"), () => letWrite("etc")],
    ["in a user's folder", FILE, belongs("etc/lodger"), () => owned("etc/lodger")],
    ["in a user's folder, further up", FILE, belongs("etc"), () => owned("etc")],
    ["in a folder that all may write to", FILE, writable("etc/lodger"), () => chmodSync(at("etc/lodger"), 0o777)],
    ["in a folder that its group may write to", FILE, writable("etc"), () => chmodSync(at("etc"), 0o2775)],
    ["a user's link to root's file", "etc/link", link("etc/link"), () => aliceLinks("../opt/file", "etc/link")],
    ["a user's link to a folder", "etc/link/file", link("etc/link"), () => aliceLinks("lodger", "etc/link")],
    [
      "root's link in a user's folder",
      "alice/link",
      belongs("alice"),
      () => {
        symlinkSync("../opt/file", at("alice/link"));
        owned("alice");
      },
    ],
    [
      "root's link by way of a user's",
      "etc/link",
      link("etc/next"),
      () => {
        symlinkSync("next", at("etc/link"));
        aliceLinks("../opt/file", "etc/next");
      },
    ],
    [
      "root's link into a user's folder",
      "etc/link",
      belongs("alice"),
      () => {
        inAlices();
        symlinkSync("../alice/file", at("etc/link"));
      },
    ],
    ["the folder's path leads through a user's", "alice/../etc/lodger/file", belongs("alice"), () => owned("alice")],
    ["a user's file in a sticky folder", "shared/file", belongs("shared/file"), () => shared("file")],
    ["a user's folder in a sticky folder", "shared/folder/file", belongs("shared/folder"), () => shared("folder")],
    ["a user's link in a sticky folder", "shared/link", link("shared/link"), () => shared("link")],
    [
      "a FIFO, without waiting for who writes to it",
      "etc/fifo",
      irregular("etc/fifo"),
      () => execFileSync("mkfifo", ["-m", "600", at("etc/fifo")]),
    ],
    ["a device", "etc/zero", irregular("etc/zero"), () => execFileSync("mknod", ["-m", "600", at("etc/zero"), "c", "1", "5"])],
    ["a folder", "etc/lodger", irregular("etc/lodger"), () => undefined],
    [
      "more than is sane",
      FILE,
      `BASE/${FILE}: this has more than 64 MiB: make it smaller`,
      () => truncateSync(at(FILE), 64 * 1024 * 1024 + 1),
    ],
    [
      "links in a circle",
      "etc/link",
      "BASE/etc/link: its symbolic links lead in a circle: remove one",
      () => symlinkSync("link", at("etc/link")),
    ],
  ];
  return rows;

  /** As `setfacl -m u:alice:rw`, whose program isn't everywhere. */
  function letWrite(path: string): void {
    const entries = [[1, 6, -1], [2, 6, ALICE], [4, 4, -1], [0x10, 6, -1], [0x20, 4, -1]] as const; // biome-ignore format: a table
    const list = Buffer.alloc(4 + entries.length * 8);
    list.writeUInt32LE(2);
    for (const [index, [tag, permissions, id]] of entries.entries()) {
      list.writeUInt16LE(tag, 4 + index * 8);
      list.writeUInt16LE(permissions, 6 + index * 8);
      list.writeInt32LE(id, 8 + index * 8);
    }
    const setxattr = native().load(null).func("int setxattr(const char *, const char *, void *, size_t, int)");
    const status: unknown = setxattr(at(path), "system.posix_acl_access", list, list.length, 0);
    if (status !== 0) throw new Error(`setxattr returned ${status}`);
  }

  function aliceLinks(target: string, path: string): void {
    symlinkSync(target, at(path));
    lchownSync(at(path), ALICE, ALICE);
  }

  function inAlices(): void {
    writeFileSync(at("alice/file"), "hers");
    owned("alice");
  }

  function shared(what: string): void {
    mkdirSync(at("shared"));
    chmodSync(at("shared"), 0o1777);
    if (what === "file") writeFileSync(at("shared/file"), "hers");
    if (what === "folder") {
      mkdirSync(at("shared/folder"));
      writeFileSync(at("shared/folder/file"), "root's");
    }
    if (what === "link") aliceLinks("../opt/file", "shared/link");
    else if (what !== "nothing") owned(`shared/${what}`);
  }
}
