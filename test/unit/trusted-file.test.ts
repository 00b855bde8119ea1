/** What could make somebody else's file run as root, and what becomes of it. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { native } from "../../core/os/native.ts";
import { checkFolders, readTrusted, Untrusted } from "../../core/trusted-file.ts";

/** It need not be in any file of users. */
const ALICE = 61_001;

let base: string;
const at = (path: string) => join(base, path);

beforeEach(() => {
  base = mkdtempSync("/tmp/lodger-trusted-");
  chmodSync(base, 0o755);
  for (const folder of ["etc", "etc/lodger", "opt", "alice"]) mkdirSync(at(folder), { mode: 0o755 });
  writeFileSync(at("etc/lodger/file"), "text", { mode: 0o644 });
  writeFileSync(at("opt/file"), "opt", { mode: 0o600 });
});
afterEach(() => rmSync(base, { recursive: true }));

/** @returns the text, or why not. */
function read(path: string): string {
  try {
    return readTrusted(path).bytes.toString();
  } catch (error) {
    return error instanceof Untrusted ? error.message.replaceAll(base, "BASE") : ((error as NodeJS.ErrnoException).code ?? String(error));
  }
}

const FILE = "etc/lodger/file";

describe("what is taken", () => {
  const rows: readonly (readonly [name: string, path: string, text: string, prepare: () => void])[] = [
    ["root's own file", FILE, "text", () => undefined],
    ["one that only root may read", "opt/file", "opt", () => undefined],
    ["an empty one", FILE, "", () => truncateSync(at(FILE))],
    ["by a link of root's to a file", "etc/link", "opt", () => symlinkSync("../opt/file", at("etc/link"))],
    ["by a link of root's to a folder", "etc/other/file", "opt", () => symlinkSync(at("opt"), at("etc/other"))],
    ["by a chain of links", "one", "opt", () => chain()],
    ["by a path with dots", "etc/./lodger//../lodger/file", "text", () => undefined],
    ["with an execute bit", FILE, "text", () => chmodSync(at(FILE), 0o755)],
    // Nobody can take it away from there, or put another in its place.
    ["in a folder that is sticky, as /tmp and some package stores are", "shared/file", "shared", () => shared()],
    ["with a second name", FILE, "text", () => linkSync(at(FILE), at("opt/second"))],
  ];
  test.each(rows)("%s", (_, path, text, prepare) => {
    prepare();
    expect(read(`${base}/${path}`)).toBe(text);
  });

  test("its path has no links, and its mode is told", () => {
    symlinkSync(at("etc"), at("link"));
    chmodSync(at(FILE), 0o640);
    expect(readTrusted(at("link/lodger/file"))).toEqual({ path: join(realpathSync(base), FILE), bytes: Buffer.from("text"), mode: 0o640 });
  });

  function chain(): void {
    symlinkSync("etc/two", at("one"));
    symlinkSync(at("three"), at("etc/two"));
    symlinkSync("opt/../opt/file", at("three"));
  }

  function shared(): void {
    mkdirSync(at("shared"));
    chmodSync(at("shared"), 0o1777);
    writeFileSync(at("shared/file"), "shared");
  }
});

describe.runIf(process.getuid?.() === 0)("what is refused, with the reason", () => {
  const belongs = (path: string) => `BASE/${path}: this belongs to user ${ALICE}, who could change it: 'chown root BASE/${path}'`;
  const writable = (path: string) => `BASE/${path}: others than its owner may write to it: 'chmod go-w BASE/${path}'`;
  const link = (path: string) =>
    `BASE/${path}: this link belongs to user ${ALICE}, who could change it: 'chown --no-dereference root BASE/${path}'`;
  const irregular = (path: string) => `BASE/${path}: this is no regular file: put one there`;
  const owned = (path: string) => chownSync(at(path), ALICE, ALICE);

  const rows: readonly (readonly [name: string, path: string, reason: string, prepare: () => void])[] = [
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
    ["a sticky bit on a file says nothing", FILE, writable(FILE), () => chmodSync(at(FILE), 0o1666)],
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
    ["nothing", "etc/nothing", "ENOENT", () => undefined],
    ["a link to nothing", "etc/link", "ENOENT", () => symlinkSync("nothing", at("etc/link"))],
    ["below a file", `${FILE}/x`, "ENOTDIR", () => undefined],
    ["a NUL", "etc/\0", "ERR_INVALID_ARG_VALUE", () => undefined],
  ];
  test.each(rows)("%s", (_, path, reason, prepare) => {
    prepare();
    expect(read(`${base}/${path}`)).toBe(reason);
  });

  test("a file system that is mounted where others may write", () => {
    const script = `
      mount -t tmpfs none ${at("shared/mounted")} && echo text > ${at("shared/mounted/file")}
      exec ${process.execPath} --disable-warning=ExperimentalWarning --input-type=module-typescript -e '
        import { readTrusted } from "${join(import.meta.dirname, "../../core/trusted-file.ts")}";
        try { readTrusted("${at("shared/mounted/file")}"); } catch (error) { process.stdout.write(error.message); }'`;
    shared("nothing");
    mkdirSync(at("shared/mounted"));
    const said = execFileSync("unshare", ["--mount", "--propagation", "private", "sh", "-c", script], { encoding: "utf8" });
    expect(said).toBe(`${at("shared/mounted")}: this is mounted in a folder that others may write to: put the file elsewhere`);
  });

  test("folders alone", () => {
    checkFolders(at("etc/lodger"));
    owned("etc");
    expect(() => checkFolders(at("etc/lodger"))).toThrow(Untrusted);
  });

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
    expect(setxattr(at(path), "system.posix_acl_access", list, list.length, 0)).toBe(0);
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
});

describe("while it is read", { timeout: 30_000 }, () => {
  test("a file that is replaced is one of both, and whole", async () => {
    const texts = ["a".repeat(300_000), "b".repeat(200_000)];
    let going = true;
    const replacing = (async () => {
      for (let round = 0; going; round++) {
        writeFileSync(at("etc/new"), texts[round % 2] ?? "");
        renameSync(at("etc/new"), at(FILE));
        await new Promise(setImmediate);
      }
    })();
    for (let round = 0; round < 300; round++) {
      expect(["text", ...texts]).toContain(read(at(FILE)));
      await new Promise(setImmediate);
    }
    going = false;
    await replacing;
  });

  test.runIf(process.getuid?.() === 0)("a user who swaps her link for a folder of root's never gets it taken", async () => {
    mkdirSync(at("alice/folder"));
    writeFileSync(at("alice/folder/file"), "hers");
    symlinkSync(at("opt"), at("alice/link"));
    for (const path of ["alice", "alice/folder", "alice/folder/file"]) chownSync(at(path), ALICE, ALICE);
    lchownSync(at("alice/link"), ALICE, ALICE);
    const script = join(import.meta.dirname, "../contract/confined-swapper.ts");
    const attacker = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, at("alice/folder"), at("alice/link")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(attacker.stdout, "data");
    try {
      for (let round = 0; round < 3000; round++) expect(read(at("alice/folder/file"))).toContain(`belongs to user ${ALICE}`);
      expect(attacker.exitCode).toBe(null);
    } finally {
      attacker.kill("SIGKILL");
      await once(attacker, "exit");
    }
  });
});
