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
import { checkFolders, readTrusted, Untrusted } from "../../core/trusted-file.ts";
import { ALICE, FILE, type UntrustedFile, untrustedFiles } from "./untrusted-files.ts";

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
  const missing: readonly UntrustedFile[] = [
    ["nothing", "etc/nothing", "ENOENT", () => undefined],
    ["a link to nothing", "etc/link", "ENOENT", () => symlinkSync("nothing", at("etc/link"))],
    ["below a file", `${FILE}/x`, "ENOTDIR", () => undefined],
    ["a NUL", "etc/\0", "ERR_INVALID_ARG_VALUE", () => undefined],
  ];
  test.each([...untrustedFiles(at), ...missing])("%s", (_, path, reason, prepare) => {
    prepare();
    expect(read(`${base}/${path}`)).toBe(reason);
  });

  test("a file system that is mounted where others may write", () => {
    const script = `
      mount -t tmpfs none ${at("shared/mounted")} && echo text > ${at("shared/mounted/file")}
      exec ${process.execPath} --disable-warning=ExperimentalWarning --input-type=module-typescript -e '
        import { readTrusted } from "${join(import.meta.dirname, "../../core/trusted-file.ts")}";
        try { readTrusted("${at("shared/mounted/file")}"); } catch (error) { process.stdout.write(error.message); }'`;
    mkdirSync(at("shared/mounted"), { recursive: true });
    chmodSync(at("shared"), 0o1777);
    const said = execFileSync("unshare", ["--mount", "--propagation", "private", "sh", "-c", script], { encoding: "utf8" });
    expect(said).toBe(`${at("shared/mounted")}: this is mounted in a folder that others may write to: put the file elsewhere`);
  });

  test("folders alone", () => {
    checkFolders(at("etc/lodger"));
    chownSync(at("etc"), ALICE, ALICE);
    expect(() => checkFolders(at("etc/lodger"))).toThrow(Untrusted);
  });
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
