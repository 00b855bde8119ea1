/** guest-file-*: what every mode does to every kind of file, and what may be written. */
import { close, FILES, flush, look, open, read, seek, write } from "./file-steps.ts";
import type { Scenario } from "./scenario.ts";

const MODES = ["r", "rb", "w", "wb", "a", "ab", "r+", "rb+", "r+b", "w+", "wb+", "w+b", "a+", "ab+", "a+b"];
const BAD_MODES = [
  "",
  "R",
  "rw",
  "rr",
  "br",
  "x",
  "wx",
  "w+x",
  "r+w",
  "a++",
  "+r",
  "+",
  "b",
  "rt",
  "r ",
  " r",
  "r,ccs=UTF-8",
  "re",
  "wb+b",
  "r\\u0000",
  "\xc3\xa9",
];

const TARGETS = [...Object.keys(FILES), "missing", "no/such/folder", "existing/below", "/dev/null", "/dev/full", "/dev/zero", "folder/"];

/** One agent a mode: the kinds of files one after the other, so that starting agents doesn't take most of the time. */
const perMode: Scenario[] = MODES.map((mode) => ({
  id: `every kind of file, mode ${mode}`,
  prepare: FILES,
  steps: TARGETS.flatMap((target) => [
    open(target, mode),
    read(5),
    seek(0, "cur"),
    write("V1JJVEU="),
    flush(),
    seek(0, "set"),
    read(20),
    seek(-2, 2),
    read(20),
    write("RU5E"),
    close(),
    look("existing", "empty", "readonly", "private", "executable", "missing", "made-by-link", "fifo"),
  ]),
}));

const BASE64 = [
  "",
  "QQ==",
  "QQ=",
  "QQ",
  "Q",
  "QUI=",
  "QUI",
  "QUJD",
  "QUJDRA",
  "QUJD\\nREVG",
  "QUJD\\r\\nREVG",
  "QUJD REVG",
  "QUJD\\tREVG",
  "\\nQUJD\\n",
  "QQ==QUJD",
  "QUI=QUJD",
  "QQ==\\nQUJD",
  "Q=Q=",
  "=QQQ",
  "==",
  "====",
  "QQ===",
  "QQ==AAAA",
  "..",
  "Q-_Q",
  "Q!!Q",
  "QUJD\\u0000",
  "QUJD\xc3\xa9",
  "/+//",
  "QR==",
  "QUJ=",
];

export const MODE_SCENARIOS: readonly Scenario[] = [
  ...perMode,
  {
    id: "invalid modes",
    prepare: FILES,
    steps: [...BAD_MODES.flatMap((mode) => [open("existing", mode), open("missing", mode)]), look("existing", "missing")],
  },
  {
    id: "paths",
    prepare: FILES,
    steps: [
      open(""),
      open("."),
      open("/"),
      open("./existing"),
      open("x".repeat(256)),
      open("x/".repeat(2100)),
      open("\xc3\xa9", "w"),
      look("\xc3\xa9"),
      open("a\\u0000b"),
      open("a\\u0000b", "w"),
    ],
  },
];

export const CONTENT_SCENARIOS: readonly Scenario[] = [
  {
    id: "base64",
    prepare: FILES,
    steps: BASE64.flatMap((text) => [
      open("new", "w"),
      write(text),
      write(text, 0),
      write(text, 1),
      write(text, 3),
      flush(),
      look("new"),
      close(),
      look("new"),
    ]),
  },
  {
    id: "counts of a write",
    prepare: FILES,
    steps: ["0", "1", "2", "3", "4", "-1", "9223372036854775807", "4294967296"].flatMap((count) => [
      open("new", "w"),
      write("QUJD", count),
      seek(0, 1),
      write("", count),
      close(),
      look("new"),
    ]),
  },
  {
    id: "base64 before count, handle before both",
    prepare: FILES,
    steps: [
      open("new", "w"),
      write("!!", "-1"),
      write("!!", "100"),
      write("!!", "100", "1"),
      write("QUJD", "-1", "1"),
      read("-1", "1"),
      close(),
      look("new"),
    ],
  },
  {
    id: "wrong direction",
    prepare: FILES,
    steps: [
      open("existing", "r"),
      write("QQ=="),
      flush(),
      read(5),
      write("QQ=="),
      read(5),
      close(),
      open("new", "w"),
      read(1),
      write("QQ=="),
      read(0),
      close(),
      look("existing", "new"),
    ],
  },
  {
    id: "8 MiB written in one request",
    steps: [open("big", "w"), write("QUJD".repeat(2_796_203)), seek(0, 1), close(), look("big")],
  },
];
