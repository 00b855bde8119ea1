/** Several steps with one agent of its own: files, restarts, what is left on disk. Every agent works in its own folder on the same files. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, chmod, lstat, mkdir, readFile, readlink, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { comparable } from "./answers.ts";
import { type Finding, judge, Panel } from "./compare.ts";
import { ENDED, type Peer } from "./peer.ts";

const run = promisify(execFile);

export type Prepared =
  | { readonly text: string; readonly mode?: number }
  | { readonly size: number }
  | { readonly folder: true }
  | { readonly fifo: true }
  | { readonly link: string };

export type Step =
  /** `{h}` in it is the handle that the last successful guest-file-open returned. */
  | { readonly ask: string; readonly piece?: number; readonly lines?: number; readonly safe?: string }
  /** Changes a file behind the agent's back. */
  | { readonly append: string; readonly text: string }
  | { readonly cut: string; readonly to: number }
  /** Content, kind and mode of files are compared; names that are absolute are below the private folder, e.g. `../state/qga.state`. */
  | { readonly look: readonly string[] }
  | { readonly restart: NodeJS.Signals }
  | { readonly reconnect: true }
  /** Sends without waiting for answers, then leaves and comes back. */
  | { readonly leaveAfter: string };

export interface Scenario {
  readonly id: string;
  readonly prepare?: Readonly<Record<string, Prepared>>;
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** In the private folder (not the working folder), before the start. */
  readonly files?: Readonly<Record<string, string>>;
  readonly modern?: boolean;
  readonly steps: readonly Step[];
}

/** @returns all that differs, unexplained. */
export async function play(group: string, scenario: Scenario): Promise<Finding[]> {
  const panel = await Panel.start(scenario);
  const handles = new Map<Peer, string>();
  panel.onAnswers = (peer, lines) => {
    for (const line of lines) {
      const opened = /^\{"return": (\d{4,})\}$/.exec(line)?.[1];
      if (opened) handles.set(peer, opened);
    }
  };
  const findings: Finding[] = [];
  try {
    await Promise.all(panel.peers.map((peer) => prepare(peer.folder, scenario.prepare ?? {})));
    for (const [index, step] of scenario.steps.entries()) {
      const where = `${group}: ${scenario.id}, step ${index + 1}`;
      if ("ask" in step) {
        const { ask, ...rest } = step;
        findings.push(
          ...(await panel.ask(where, { bytes: ask, ...rest }, (peer, bytes) => bytes.replaceAll("{h}", handles.get(peer) ?? "0"))),
        );
      } else {
        findings.push(...(await silent(panel, where, step)));
      }
    }
  } finally {
    await panel.dispose();
  }
  return findings;
}

async function silent(panel: Panel, where: string, step: Exclude<Step, { ask: string }>): Promise<Finding[]> {
  const outcomes = new Map<Peer, string[]>();
  await Promise.all(panel.peers.map(async (peer) => outcomes.set(peer, await act(peer, step))));
  const own = outcomes.get(panel.ours) ?? [];
  return panel.others.flatMap(({ reference, peer }) => judge(where, JSON.stringify(step), reference, outcomes.get(peer) ?? [], own));
}

async function act(peer: Peer, step: Exclude<Step, { ask: string }>): Promise<string[]> {
  if ("append" in step) await appendFile(join(peer.folder, step.append), step.text, "latin1");
  else if ("cut" in step) await truncate(join(peer.folder, step.cut), step.to);
  else if ("look" in step) return Promise.all(step.look.map((name) => seen(peer.folder, name)));
  else if ("restart" in step) {
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

async function prepare(folder: string, files: Readonly<Record<string, Prepared>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    if ("folder" in content) await mkdir(path);
    else if ("fifo" in content) await run("mkfifo", [path]);
    else if ("link" in content) await symlink(content.link, path);
    else if ("size" in content) await truncate(path, content.size).catch(async () => writeFile(path, Buffer.alloc(content.size)));
    else await writeFile(path, content.text, "latin1");
    if ("mode" in content && content.mode !== undefined) await chmod(path, content.mode);
  }
}

/** A file as one line of JSON text, like an answer. */
async function seen(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  try {
    const stat = await lstat(path);
    const kind = stat.isFile()
      ? "file"
      : stat.isDirectory()
        ? "folder"
        : stat.isFIFO()
          ? "fifo"
          : stat.isSymbolicLink()
            ? `link to ${await readlink(path)}`
            : "other";
    const bytes = stat.isFile() ? await readFile(path) : Buffer.alloc(0);
    const content = bytes.length > 200 ? createHash("sha256").update(bytes).digest("hex") : bytes.toString("base64");
    return comparable(
      `{"name": "${name}", "kind": "${kind}", "mode": "${(stat.mode & 0o7777).toString(8)}", "size": ${bytes.length}, "content": "${content}"}`,
    );
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    return `{"name": "${name}", "error": "${code}"}`;
  }
}
