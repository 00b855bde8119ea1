/** What an agent keeps in its state folder, and what it takes from there. */
import type { Scenario } from "./scenario.ts";
import { request } from "./table.ts";

const OPEN = { ask: request("guest-file-open", '{"path":"/dev/null"}'), lines: 1 };
const LOOK = { look: ["../state/qga.state", "../state/qga.state.isfrozen"] };

const CONTENTS: Readonly<Record<string, string>> = {
  usual: "[global]\nfd_counter=5000\n",
  "blanks and comments": "# comment\n\n[global]\n\n  fd_counter = 7  \n",
  zero: "[global]\nfd_counter=0\n",
  negative: "[global]\nfd_counter=-5\n",
  "no number": "[global]\nfd_counter=abc\n",
  "half a number": "[global]\nfd_counter=12abc\n",
  "an empty value": "[global]\nfd_counter=\n",
  hexadecimal: "[global]\nfd_counter=0x10\n",
  "beyond 32 bits": "[global]\nfd_counter=4294967296\n",
  "beyond 53 bits": "[global]\nfd_counter=9007199254740993\n",
  "the last of int64": "[global]\nfd_counter=9223372036854775806\n",
  "beyond int64": "[global]\nfd_counter=9223372036854775808\n",
  "no key": "[global]\nother=1\n",
  "more keys": "[global]\nfd_counter=10\nother=1\n[more]\na=b\n",
  "another group": "[other]\nfd_counter=10\n",
  "the key twice": "[global]\nfd_counter=10\nfd_counter=20\n",
  "the group twice": "[global]\nfd_counter=10\n[global]\nfd_counter=30\n",
  "an empty file": "",
  "no newline at the end": "[global]\nfd_counter=42",
  "carriage returns": "[global]\r\nfd_counter=42\r\n",
};

export const STATE_SCENARIOS: readonly Scenario[] = [
  { id: "a new folder", steps: [LOOK, OPEN, LOOK, OPEN, LOOK] },
  ...Object.entries(CONTENTS).map(([id, text]) => ({ id, files: { "state/qga.state": text }, steps: [LOOK, OPEN, LOOK, OPEN, LOOK] })),
  {
    id: "frozen at the start",
    files: { "state/qga.state": "[global]\nfd_counter=5000\n", "state/qga.state.isfrozen": "" },
    steps: [LOOK, { ask: request("guest-fsfreeze-status") }, OPEN, LOOK, { ask: request("guest-fsfreeze-thaw") }, LOOK, OPEN, LOOK],
  },
  {
    id: "frozen at the first start",
    files: { "state/qga.state.isfrozen": "" },
    steps: [LOOK, { ask: request("guest-fsfreeze-status") }, { restart: "SIGKILL" }, { ask: request("guest-fsfreeze-status") }, LOOK],
  },
  {
    id: "a client leaves without reading its answer",
    steps: [{ leaveAfter: request("guest-ping") }, { ask: request("guest-ping") }],
  },
  {
    id: "half a message of a client that has left",
    steps: [
      ...['{"exec', '"abc', "[1,", "tru", "12", '"a\\', '"a\\u1', "-", "1.", "{", '{"execute":"guest-ping","id":'].flatMap((leaveAfter) => [
        { leaveAfter },
        { ask: request("guest-ping") },
      ]),
      { leaveAfter: "" },
      { ask: request("guest-ping") },
    ],
  },
];
