/** The same bytes to our agent and to qemu-ga, over sockets: the same bytes back, but for the differences that the list explains. */

import { Framing } from "../../../core/protocol/framing.ts";
import { Panel, toldAll } from "../../differential/compare.ts";
import { Refused } from "../../differential/guard.ts";
import { Violation } from "../engine/failure.ts";
import { Random, seedOf } from "../engine/random.ts";
import type { Target } from "../engine/target.ts";
import { FRAMING, JSON_GRAMMAR, JSON_WORDS } from "./framing.ts";

/** Beside what `guard` refuses: nothing is opened or written. */
const TOUCHES_FILES = /guest-file-(?:open|write)/;

const MAX_BYTES = 2000;

let panel: Panel | undefined;

export const AGENTS: Target = {
  name: "agents",
  covers: ["core/protocol/"],
  seeds: [...FRAMING.seeds, '{"execute":"guest-sync-delimited","arguments":{"id":1}}'],
  words: JSON_WORDS,
  grammar: JSON_GRAMMAR,
  maxBytes: MAX_BYTES,
  bounded: 250,
  before: async () => {
    // 11 has another parser of malformed messages.
    panel = await Panel.start({ generations: ["current", "7.2"] });
    if (panel.others.length === 0 && process.env.CI === "true") throw new Error("there is no qemu-ga to compare with");
  },
  after: async () => panel?.dispose(),
  async run(input) {
    // A line of answer for each byte is the comparison's own burden, not the agents'.
    if (input.length > MAX_BYTES) return "too long";
    const bytes = input.toString("latin1");
    if (TOUCHES_FILES.test(bytes) || bytes.includes("\\u")) {
      const plain = bytes.replace(/\\u00([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      if (TOUCHES_FILES.test(plain)) return "not sent";
    }
    // For the coverage that leads the search: the agents are other processes.
    const framing = new Framing(({ lent }) => {
      for (const string of lent) string.release();
    });
    framing.push(input);
    framing.close();
    const random = new Random(seedOf(input));
    const piece = random.oneIn(20) && bytes.length < 200 ? { piece: 1 + random.below(7) } : {};
    try {
      const findings = (await panel?.ask(`fuzzed: ${bytes}`, { bytes, ...piece })) ?? [];
      if (findings.length > 0) throw new Violation("differs from qemu-ga", toldAll(findings));
    } catch (error) {
      if (error instanceof Refused) return "refused";
      throw error;
    }
    return undefined;
  },
};
