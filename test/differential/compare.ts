/** The same case to ours and to every reference; what differs is explained by the list of differences or it is a finding. */
import { comparable, shown } from "./answers.ts";
import { DIFFERENCES, OF_LINES, translated } from "./differences.ts";
import { isolated, ours } from "./launch.ts";
import { Peer, type PeerOptions, type Sending } from "./peer.ts";
import { type Generation, type Reference, references } from "./reference.ts";
import type { Table } from "./table.ts";
import { LAYOUT } from "./world.ts";

export interface Finding {
  readonly where: string;
  readonly sent: string;
  readonly reference: string;
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

/** Which differences and older texts were met, to find those that explain nothing any more. */
export const met = new Set<string>();

const ALL: readonly Generation[] = ["current", "11", "7.2"];
const MODERN: readonly Generation[] = ["current", "11"];

export interface PanelOptions extends PeerOptions {
  readonly isolated?: boolean;
  readonly modern?: boolean;
  readonly generations?: readonly Generation[];
  /** Puts a mark in place of what moves, in a line as it came. */
  readonly masked?: (line: string) => string;
}

export class Panel {
  readonly ours: Peer;
  readonly others: readonly { readonly reference: Reference; readonly peer: Peer }[];

  private constructor(own: Peer, others: Panel["others"]) {
    this.ours = own;
    this.others = others;
  }

  static async start(options: PanelOptions = {}): Promise<Panel> {
    const layout = options.world ? `{folder}/${LAYOUT}` : "-";
    const wrap = (command: readonly string[]) => (options.isolated || options.world ? isolated(command, layout) : command);
    const { found } = await references();
    const suitable = found.filter(({ generation }) => (options.generations ?? (options.modern ? MODERN : ALL)).includes(generation));
    const peers = await Promise.all([
      Peer.start("ours", wrap(ours()), options),
      ...suitable.map(({ version, command }) => Peer.start(version, wrap(command), options)),
    ]);
    const [own, ...rest] = peers;
    if (!own) throw new Error("no agent was started");
    const panel = new Panel(
      own,
      suitable.flatMap((reference, index) => {
        const peer = rest[index];
        return peer ? [{ reference, peer }] : [];
      }),
    );
    const { masked } = options;
    if (masked) panel.mask = (_, line) => masked(line);
    return panel;
  }

  static of(table: Table): Promise<Panel> {
    return Panel.start(table);
  }

  get peers(): Peer[] {
    return [this.ours, ...this.others.map(({ peer }) => peer)];
  }

  /** @returns where ours differs, unexplained. */
  async ask(where: string, sending: Sending, perPeer: (peer: Peer, bytes: string) => string = (_, bytes) => bytes): Promise<Finding[]> {
    const answers = new Map<Peer, string[]>();
    await Promise.all(
      this.peers.map(async (peer) => {
        if (!peer.running) await peer.launch();
        answers.set(peer, await peer.askUntil({ ...sending, bytes: perPeer(peer, sending.bytes) }));
      }),
    );
    for (const peer of this.peers) this.onAnswers?.(peer, answers.get(peer) ?? []);
    await this.#revive(answers);
    const masked = (peer: Peer) => (answers.get(peer) ?? []).map((line) => this.mask(peer, line));
    const own = masked(this.ours);
    return this.others.flatMap(({ reference, peer }) => judge(where, sending.bytes, reference, masked(peer), own));
  }

  /** Sees raw answers, for cases that use something of an earlier answer. */
  onAnswers: ((peer: Peer, lines: readonly string[]) => void) | undefined;

  /** Puts a mark in place of what moves, or is each peer's own. */
  mask: (peer: Peer, line: string) => string = (_, line) => line;

  async dispose(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.dispose()));
  }

  /** Who stopped answering starts anew, so that one bad answer doesn't spoil all the later cases. */
  async #revive(answers: ReadonlyMap<Peer, readonly string[]>): Promise<void> {
    for (const [peer, lines] of answers) {
      if (!lines.at(-1)?.startsWith("<")) continue;
      await peer.end("SIGKILL");
      await peer.launch();
    }
  }
}

/** @returns nothing, if the answers are equal or the list of differences explains them. */
export function judge(where: string, sent: string, reference: Reference, theirs: readonly string[], own: readonly string[]): Finding[] {
  const mine = own.map(comparable);
  const expected = theirs.map((line) => {
    const [text, rules] = translated(reference.generation, comparable(line));
    for (const rule of rules) met.add(rule);
    return text;
  });
  if (mine.length === expected.length && mine.every((line, index) => sameLine(expected[index] ?? "", line, sent))) return [];
  const known = DIFFERENCES.find((each) => each.matches({ where, sent, generation: reference.generation, theirs: expected, ours: mine }));
  if (known) {
    met.add(known.id);
    return [];
  }
  return [{ where, sent, reference: reference.version, theirs: expected, ours: mine }];
}

function sameLine(theirs: string, own: string, sent: string): boolean {
  if (theirs === own) return true;
  const known = OF_LINES.find((each) => each.matches(theirs, own, sent));
  if (known) met.add(known.id);
  return known !== undefined;
}

/** A finding for people to read. */
export function told({ where, sent, reference, theirs, ours: own }: Finding): string {
  const lines = (all: readonly string[]) =>
    all.length === 0
      ? "    (nothing)"
      : all
          .slice(0, 12)
          .map((line) => `    ${shown(line)}`)
          .join("\n");
  return `${shown(where)}\n  sent: ${shown(sent)}\n  qemu-ga ${reference}:\n${lines(theirs)}\n  ours:\n${lines(own)}`;
}

export function toldAll(findings: readonly Finding[]): string {
  const more = findings.length > 8 ? `\n… and ${findings.length - 8} more` : "";
  return findings.slice(0, 8).map(told).join("\n\n") + more;
}
