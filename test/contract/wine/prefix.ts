/** Wine, with a Windows of its own that goes with the test: nothing of the user's is touched, no window is opened. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Where Debian's package wine64 has it, and its server. */
const WINE = "/usr/lib/wine/wine64";
const SERVER = "/usr/lib/wine/wineserver64";

/** Drive Z is this machine. */
export const onZ = (path: string) => `Z:${path.replaceAll("/", "\\")}`;

export const hasWine = existsSync(WINE);

/** The first start makes the Windows: a thousand files. */
const SETUP_MS = 60_000;
const PROGRAM_MS = 30_000;

export class Windows {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async install(): Promise<Windows> {
    const windows = new Windows(mkdtempSync("/tmp/lodger-wine-"));
    try {
      await windows.run(["wineboot", "-i"], SETUP_MS);
      await windows.run(["winecfg", "-v", "win10"], SETUP_MS);
      // Its service manager ends with the last program, slowly: a program that comes meanwhile would start a second one, and calls would
      // reach now this one, now that one, each with services of its own.
      await windows.#end();
      mkdirSync(windows.onDisk("lodger"));
      return windows;
    } catch (error) {
      await windows.remove();
      throw error;
    }
  }

  /** Where a file of drive C is on this machine. */
  onDisk(path: string): string {
    return join(this.#folder, "prefix", "drive_c", path);
  }

  /** Runs a program to its end. @returns its exit status and what it printed. */
  async run(command: readonly string[], withinMs = PROGRAM_MS): Promise<{ status: number | null; output: string; errors: string }> {
    const name = `run-${performance.now()}`;
    const child = this.#start(command, name);
    const deadline = setTimeout(() => child.kill("SIGKILL"), withinMs);
    const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
    clearTimeout(deadline);
    return { status, output: this.printed(name, "out"), errors: this.printed(name, "err") };
  }

  /** Wine's service manager ends with the last program. @param node runs until the test ends. */
  stayUp(node: string): void {
    this.#start([node, "-e", "setInterval(() => {}, 1 << 30)"], "stays");
  }

  /** Starts an agent that listens on a port of this machine. @returns once it accepts clients. */
  async serve(command: readonly string[], port: number): Promise<ChildProcess> {
    const child = this.#start(command, "agent");
    for (;;) {
      if (await canConnect(port)) return child;
      if (child.exitCode !== null) throw new Error(`the agent ended: ${this.printed("agent", "err")}`);
      await pause(100);
    }
  }

  printed(name: string, stream: "out" | "err"): string {
    return readFileSync(join(this.#folder, `${name}.${stream}`), "utf8");
  }

  /** Ends what runs in this Windows, and removes it. */
  async remove(): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Windows goes down, and comes up again with the next program. */
  async #end(): Promise<void> {
    const server = spawn(SERVER, ["-k"], { env: this.#environment(), stdio: "ignore" });
    await new Promise((resolve) => server.once("close", resolve).once("error", resolve));
  }

  /** Standard streams are files: Node for Windows takes no pipe of Unix for a stream. */
  #start(command: readonly string[], name: string): ChildProcess {
    const [output, errors] = ["out", "err"].map((ending) => openSync(join(this.#folder, `${name}.${ending}`), "w"));
    try {
      return spawn(WINE, command, { cwd: this.#folder, env: this.#environment(), stdio: ["ignore", output, errors] });
    } finally {
      for (const fd of [output, errors]) if (fd !== undefined) closeSync(fd);
    }
  }

  #environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? "",
      HOME: this.#folder,
      WINEPREFIX: join(this.#folder, "prefix"),
      WINEDEBUG: "-all",
      WINEDLLOVERRIDES: "mscoree=;mshtml=", // else it asks whether to download these
      TZ: "Europe/Berlin",
      LC_ALL: "C.UTF-8", // else names of files beyond ASCII are none
    };
  }
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const can = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  });
  socket.destroy();
  return can;
}
