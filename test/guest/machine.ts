import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import path from "node:path";
import { AgentClient } from "./agent-client.ts";
import { within } from "./deadline.ts";
import type { Disks } from "./disks.ts";
import { LineSocket } from "./lines.ts";
import { Qmp } from "./qmp.ts";
import { GuestShell } from "./shell.ts";
import { pidFile } from "./work-folder.ts";

const bootSeconds = 120;

/** One run of QEMU, from power-on to its end. */
export class Machine<D extends Disks = Disks> {
  readonly disks: D;
  readonly agentSocket: string;
  readonly shellSocket: string;
  readonly qmp: Qmp;
  readonly shell: GuestShell;
  private readonly qemu: ChildProcess;
  private readonly exited: Promise<number | null>;

  private constructor(disks: D, qemu: ChildProcess, exited: Promise<number | null>, qmp: Qmp, port: LineSocket) {
    this.disks = disks;
    this.agentSocket = path.join(disks.folder, "agent.sock");
    this.shellSocket = path.join(disks.folder, "shell.sock");
    this.qemu = qemu;
    this.exited = exited;
    this.qmp = qmp;
    this.shell = new GuestShell(port, () => this.context());
  }

  /** Powers the machine on; returns as soon as QEMU runs, long before the guest does. */
  static async start<D extends Disks>(disks: D, kernelArguments = ""): Promise<Machine<D>> {
    const file = (name: string) => path.join(disks.folder, name);
    for (const name of ["agent.sock", "shell.sock", "qmp.sock"]) await fs.rm(file(name), { force: true });
    const log = openSync(file("qemu.log"), "a");
    const { program, args } = disks.qemu(kernelArguments);
    const qemu = spawn(program, args, { stdio: ["ignore", log, log] });
    closeSync(log);
    await fs.writeFile(file(pidFile), String(qemu.pid ?? ""));
    // where the process ends without a word (Ctrl-C in a test run); makeWorkFolder sees to the case that not even this runs
    const abandon = () => qemu.kill("SIGKILL");
    process.once("exit", abandon);
    const exited = once(qemu, "exit").then(([code]) => code as number | null);
    // a start that fails (no such program) is reported by the sockets that do not appear
    exited.catch(() => {}).finally(() => process.off("exit", abandon));
    try {
      const qmp = await Qmp.connect(await LineSocket.connect(file("qmp.sock")));
      const port = await LineSocket.connect(file("shell.sock"));
      return new Machine(disks, qemu, exited, qmp, port);
    } catch (error) {
      qemu.kill("SIGKILL");
      throw new Error(`QEMU did not start: ${readFileSync(file("qemu.log"), "utf8")}`, { cause: error });
    }
  }

  /** Powers on and waits for the guest's shell. */
  static async boot<D extends Disks>(disks: D): Promise<Machine<D>> {
    const machine = await Machine.start(disks);
    try {
      await machine.shell.started(bootSeconds * 1000);
      return machine;
    } catch (error) {
      await machine.dispose();
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.qemu.pid;
  }

  async agent(): Promise<AgentClient> {
    return await AgentClient.connect(this.agentSocket, () => this.context());
  }

  /** A new client that has synced, for one piece of work; closed afterwards. */
  async withAgent<T>(work: (agent: AgentClient) => Promise<T>, syncMilliseconds = bootSeconds * 1000): Promise<T> {
    const agent = await this.agent();
    try {
      await agent.sync(syncMilliseconds);
      return await work(agent);
    } finally {
      agent.close();
    }
  }

  get console(): string {
    return readFileSync(path.join(this.disks.folder, "console.log"), "latin1");
  }

  /** For error texts: what QEMU reported last, and the last lines of the console. */
  private context(): string {
    const state = this.qemu.exitCode === null ? "runs" : `has ended with status ${this.qemu.exitCode}`;
    const events = this.qmp.history.slice(-8).join(" ") || "none";
    return `\nQEMU ${state}, its last events: ${events}\nthe guest's console ends with:\n${this.console.split("\n").slice(-25).join("\n")}`;
  }

  /** Waits until QEMU has ended by itself. */
  async ended(milliseconds = 60_000): Promise<number | null> {
    return await within(milliseconds, () => `the machine to end${this.context()}`, this.exited);
  }

  /** Pulls the plug. The disks stay. */
  async dispose(): Promise<void> {
    if (this.qemu.exitCode === null && this.qemu.signalCode === null) this.qemu.kill("SIGKILL");
    await within(
      10_000,
      "QEMU's end after SIGKILL",
      this.exited.catch(() => null),
    );
  }
}
