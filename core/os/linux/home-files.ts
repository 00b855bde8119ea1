/** Files of users on Linux: this process never touches a home directory, it asks one that has become the user. */
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { ownCommand } from "../../process/self.ts";
import type { Account, HomeFiles } from "../accounts.ts";
import { OsError } from "../ports.ts";
import { osError } from "./errno.ts";
import { HOME_WORKER, type HomeRequest, MAX_MESSAGE_BYTES, noAnswer, readAnswer, writeRequest } from "./home-request.ts";
import { Patience } from "./patience.ts";

/** How long the process may take, in milliseconds, before it is ended. */
const LIMIT_MS = 10_000;

/** And how long until its end is no longer waited for: in a file system of the user's own a process can be held for ever. */
const END_MS = 1_000;

type Worker = ChildProcessByStdio<Writable, Readable, null>;

export interface HomeFilesOptions {
  /** What starts the process. Default: this program. */
  readonly command?: readonly [program: string, ...args: string[]];
  readonly limitMs?: number;
}

export class LinuxHomeFiles implements HomeFiles {
  readonly #command: readonly [program: string, ...args: string[]] | undefined;
  readonly #limitMs: number;
  readonly #patience: Patience;

  constructor({ command, limitMs = LIMIT_MS }: HomeFilesOptions = {}) {
    this.#command = command;
    this.#limitMs = limitMs;
    this.#patience = new Patience(limitMs + END_MS);
  }

  read(account: Account, folder: string, name: string): Promise<Uint8Array | undefined> {
    return this.#ask({ account, folder, name });
  }

  async replace(account: Account, folder: string, name: string, content: Uint8Array): Promise<void> {
    await this.#ask({ account, folder, name, content });
  }

  /** One at a time for each user. */
  #ask(request: HomeRequest): Promise<Uint8Array | undefined> {
    return this.#patience.ask(String(request.account.uid), "open", async () => {
      const { spawn } = await import("node:child_process");
      const [program, ...args] = this.#command ?? ownCommand(HOME_WORKER);
      // Nothing of the agent's environment: some of it would steer Node, and none of it is the user's concern.
      const worker = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], env: {}, cwd: "/", detached: true });
      return readAnswer(await conversation(worker, writeRequest(request), this.#limitMs));
    });
  }
}

/** @returns what the process has answered. @throws OsError if it could not be started, took too long or ended otherwise. */
async function conversation(worker: Worker, request: string, limitMs: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  let late = false;
  const end = () => worker.kill("SIGKILL");
  const limit = setTimeout(() => {
    late = true;
    end();
  }, limitMs);
  worker.stdout.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= MAX_MESSAGE_BYTES) chunks.push(chunk);
    else end();
  });
  worker.stdout.on("error", () => undefined);
  worker.stdin.on("error", () => undefined); // it may end before it has read
  worker.stdin.end(request);
  try {
    const how = await new Promise<string | undefined>((resolve, reject) => {
      worker.once("error", (error) => reject(osError(error, "execve")));
      worker.once("close", (status, signal) =>
        resolve(status === 0 ? undefined : signal === null ? `with status ${status}` : `by ${signal}`),
      );
    });
    if (late) throw new OsError("ETIMEDOUT", 110, `The home directory doesn't answer within ${limitMs} ms`, "open");
    if (how !== undefined || length > MAX_MESSAGE_BYTES) throw noAnswer(how);
    return Buffer.concat(chunks).toString("utf8");
  } finally {
    clearTimeout(limit);
  }
}
