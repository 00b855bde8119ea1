/** Paths of a client whom the rules hold to a folder: whatever they are, what is opened lies inside. */
import {
  constants,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openConfined, resolvePath } from "../../../core/os/linux/confined.ts";
import { close } from "../../../core/os/linux/libc.ts";
import { OsError } from "../../../core/os/ports.ts";
import { asText, holds } from "../engine/failure.ts";
import type { Target } from "../engine/target.ts";

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_DIRECTORY } = constants;
const FLAGS = [O_RDONLY, O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_EXCL, O_RDONLY | O_NOFOLLOW, O_RDONLY | O_DIRECTORY];

let base = "";

/** in/: what may be opened, but for in/no/; out/: what may not. */
function build(): void {
  for (const folder of ["in/sub/deep", "in/no", "out/more"]) mkdirSync(join(base, folder), { recursive: true });
  for (const file of ["in/file", "in/sub/file", "in/no/file", "out/secret", "out/hard"]) writeFileSync(join(base, file), "x");
  for (const [name, to] of Object.entries({
    up: "..",
    away: "../out",
    abs: join(base, "out"),
    self: "self",
    a: "b",
    b: "a",
    back: "../in/sub",
    file2: "file",
    made: "../out/made",
  })) {
    symlinkSync(to, join(base, "in", name));
  }
  linkSync(join(base, "out/hard"), join(base, "in/hard"));
}

function list(folder: string): string {
  const entries = readdirSync(join(base, folder), { withFileTypes: true });
  return entries
    .map((entry) => (entry.isDirectory() ? `${entry.name}/(${list(`${folder}/${entry.name}`)})` : entry.name))
    .sort()
    .join();
}

export const CONFINED: Target = {
  name: "confined-paths",
  covers: ["core/os/linux/confined"],
  seeds: [
    "\x00file",
    "\x01sub/deep/../file",
    "\x02sub/new",
    "\x03new",
    "\x00away/secret",
    "\x04file2",
    "\x05sub/",
    "\x02made",
    "\x00up/in/file",
    "\x00hard",
    "\x00a",
    "\x00no/file",
  ],
  words: [
    "/",
    "//",
    "./",
    "../",
    "..",
    ".",
    "\0",
    "\n",
    "file",
    "sub/",
    "deep/",
    "up/",
    "away/",
    "abs/",
    "self/",
    "back/",
    "made",
    "hard",
    "no/",
    "secret",
    "in/",
    "out/",
    "x".repeat(256),
    "\xc3\xa9",
    "\xff",
  ],
  maxBytes: 600,
  bounded: 150,
  before: async () => {
    base = mkdtempSync(join(process.cwd(), "target-"));
    build();
  },
  after: async () => rmSync(base, { recursive: true, force: true }),
  async run(input) {
    const flags = FLAGS[(input[0] ?? 0) % FLAGS.length] ?? O_RDONLY;
    const path = `${base}/in/${input.subarray(1).toString("utf8")}`;
    const outside = list("out");
    const inside = list("in");
    try {
      const fd = await openConfined(path, flags, 0o600, { inside: [join(base, "in")], outside: [join(base, "in/no")] });
      const opened = readlinkSync(`/proc/self/fd/${fd}`);
      const status = fstatSync(fd);
      close(fd);
      holds(status.isDirectory() || status.nlink === 1, "what is opened has no second name", () => asText({ path, opened }));
      holds(
        opened === join(base, "in") || (opened.startsWith(join(base, "in/")) && !opened.startsWith(join(base, "in/no"))),
        "what is opened lies inside",
        () => asText({ path, opened }),
      );
      const where = await resolvePath(path);
      holds(where === opened, "where a path leads is where it was opened", () => asText({ path, where, opened }));
      return opened.slice(base.length);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      return error.code;
    } finally {
      const unchanged = list("out") === outside && existsSync(base);
      if (list("in") !== inside || !unchanged) {
        rmSync(base, { recursive: true, force: true });
        build();
      }
      holds(unchanged, "nothing is made outside", () => asText(path));
    }
  },
};
