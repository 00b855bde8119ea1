/** Several steps with one agent of its own: files, restarts, what is left on disk. Every agent works in its own folder on the same files. */
import { appendFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { type Finding, judge, Panel } from "./compare.ts";
import { ofShadow } from "./password.ts";
import { ENDED, type Peer } from "./peer.ts";
import { type Prepared, prepareAll, seen, type Tree } from "./prepared.ts";
import type { Generation } from "./reference.ts";
import { located, put, refill, type World } from "./world.ts";

export type Step =
  /** `{h}` in it is the handle that the last successful guest-file-open returned, `{p}` the pid of the last guest-exec. */
  | { readonly ask: string; readonly piece?: number; readonly lines?: number; readonly safe?: string; readonly until?: RegExp }
  /** Changes a file behind the agent's back. */
  | { readonly append: string; readonly text: string }
  | { readonly cut: string; readonly to: number }
  /** Changes the system that the agent sees. */
  | { readonly put: Readonly<Record<string, Prepared | string | null>> }
  | { readonly refill: string; readonly tree: Tree }
  /** Content, kind, mode and owner are compared; names are below the working folder, absolute ones of the agent's own system. */
  | { readonly look: readonly string[] /** Only so many bytes of them. */; readonly first?: number }
  /** The user's line of the prepared shadow file; with a password, whether that is it. */
  | { readonly shadow: string; readonly password?: string }
  | { readonly restart: NodeJS.Signals }
  | { readonly reconnect: true }
  /** Sends without waiting for answers, then leaves and comes back. */
  | { readonly leaveAfter: string };

type Silent = Exclude<Step, { ask: string }>;

const STARTED = /^\{"return": \{"pid": (\d+)\}\}$/;

export interface Scenario {
  readonly id: string;
  readonly prepare?: Readonly<Record<string, Prepared>>;
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What agents see of the system, instead of the machine's. */
  readonly world?: World;
  /** In a mount namespace where nothing can end the machine. */
  readonly isolated?: boolean;
  /** Puts a mark in place of what moves, in a line as it came. */
  readonly masked?: (line: string) => string;
  readonly generations?: readonly Generation[];
  /** In the private folder (not the working folder), before the start. */
  readonly files?: Readonly<Record<string, string>>;
  readonly modern?: boolean;
  readonly steps: readonly Step[];
}

/** @returns all that differs, unexplained. */
export async function play(group: string, scenario: Scenario): Promise<Finding[]> {
  const panel = await Panel.start(scenario);
  const handles = new Map<Peer, string>();
  const pids = new Map<Peer, string>();
  panel.onAnswers = (peer, lines) => {
    for (const line of lines) {
      const opened = /^\{"return": (\d{4,})\}$/.exec(line)?.[1];
      if (opened) handles.set(peer, opened);
      const started = STARTED.exec(line)?.[1];
      if (started) pids.set(peer, started);
    }
  };
  const { masked = (line: string) => line } = scenario;
  panel.mask = (peer, line) =>
    masked(line)
      .replace(STARTED, '{"return": {"pid": "<pid>"}}')
      .replace(`PID ${pids.get(peer)} does`, "PID <pid> does");
  const findings: Finding[] = [];
  try {
    await Promise.all(panel.peers.map((peer) => prepareAll(peer.folder, scenario.prepare ?? {})));
    for (const [index, step] of scenario.steps.entries()) {
      const where = `${group}: ${scenario.id}, step ${index + 1}`;
      if ("ask" in step) {
        const { ask, ...rest } = step;
        findings.push(
          ...(await panel.ask(where, { bytes: ask, ...rest }, (peer, bytes) =>
            bytes.replaceAll("{h}", handles.get(peer) ?? "0").replaceAll("{p}", pids.get(peer) ?? "0"),
          )),
        );
      } else {
        findings.push(...(await silent(panel, where, step, scenario.world ?? {})));
      }
    }
  } finally {
    await panel.dispose();
  }
  return findings;
}

async function silent(panel: Panel, where: string, step: Silent, world: World): Promise<Finding[]> {
  const outcomes = new Map<Peer, string[]>();
  await Promise.all(panel.peers.map(async (peer) => outcomes.set(peer, await act(peer, step, world))));
  const own = outcomes.get(panel.ours) ?? [];
  return panel.others.flatMap(({ reference, peer }) => judge(where, JSON.stringify(step), reference, outcomes.get(peer) ?? [], own));
}

async function act(peer: Peer, step: Silent, world: World): Promise<string[]> {
  if ("append" in step) await appendFile(join(peer.folder, step.append), step.text, "latin1");
  else if ("cut" in step) await truncate(join(peer.folder, step.cut), step.to);
  else if ("put" in step) await put(peer.base, world, step.put);
  else if ("refill" in step) await refill(peer.base, world, step.refill, step.tree);
  else if ("shadow" in step) return [await ofShadow(located(peer.base, world, "/etc/shadow"), step.shadow, step.password)];
  else if ("look" in step) {
    const place = (name: string) => (name.startsWith("/") ? located(peer.base, world, name) : join(peer.folder, name));
    return Promise.all(step.look.map((name) => seen(place(name), name, step.first)));
  } else if ("restart" in step) {
    const status = await peer.end(step.restart);
    await peer.launch();
    return [`"ended with ${status}"`];
  } else {
    if ("leaveAfter" in step) {
      await peer.send({ bytes: step.leaveAfter });
      // Nothing is answered, so only time tells that the agent has read it.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await peer.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (!peer.running) {
      await peer.launch();
      return [ENDED];
    }
    await peer.connect();
    return ['"came back"'];
  }
  return [];
}
