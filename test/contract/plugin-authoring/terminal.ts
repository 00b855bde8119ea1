/** A shell that a person could sit at, kept from one command to the next: variables, jobs and the folder stay. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Printed {
  readonly text: string;
  readonly status: number;
}

export class Terminal {
  readonly #shell;
  #text = "";
  #wake: () => void = () => undefined;
  #count = 0;

  constructor(folder: string, path: string) {
    this.#shell = spawn("bash", ["--noprofile", "--norc"], {
      cwd: folder,
      env: { PATH: path, HOME: folder },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#shell.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#text += text;
      this.#wake();
    });
    this.#shell.stdin.write("exec 2>&1\n");
  }

  /** @returns what it has printed on both streams. */
  async type(command: string): Promise<Printed> {
    const mark = `--- end of command ${++this.#count}:`;
    this.#shell.stdin.write(`${command}\necho "${mark} $?"\n`);
    for (;;) {
      const [before, after] = this.#text.split(mark);
      const status = /^ (\d+)\n/.exec(after ?? "")?.[1];
      if (status !== undefined) {
        this.#text = "";
        return { text: before ?? "", status: Number(status) };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends the shell, and what it left in the background. */
  async close(): Promise<void> {
    this.#shell.stdin.end("kill $(jobs -p) 2>/dev/null; wait\n");
    await once(this.#shell, "close");
  }
}
