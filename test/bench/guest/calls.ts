// How many read(2) and write(2) an agent makes for one large request, and how many bytes with each: from /proc/PID/io, so of all its files.
import type { Machine } from "../../guest/machine.ts";
import { command, openFile } from "../files.ts";
import { type Line, sizeText } from "../line.ts";
import type { GuestAgent } from "./agents.ts";

interface Counts {
  readonly calls: number;
  readonly bytes: number;
}

/** The writes of a guest-file-read, and the reads of a guest-file-write, of so many bytes of a file. */
export async function callsOf(
  machine: Machine,
  agents: readonly [GuestAgent, GuestAgent],
  kind: "read" | "write",
  size: number,
): Promise<Line> {
  const [ours, theirs] = [await count(machine, agents[0], kind, size), await count(machine, agents[1], kind, size)];
  const text = ({ calls, bytes }: Counts) => `${calls} of ${Math.round(bytes / calls).toLocaleString("en")} bytes`;
  const call = kind === "read" ? "write(2)" : "read(2)";
  return {
    what: `${call} of a guest-file-${kind} of ${sizeText(size)}, failed ones too`,
    budget: "",
    ours: text(ours),
    theirs: text(theirs),
    ratio: `${(ours.calls / theirs.calls).toFixed(2)} x`,
    met: undefined,
  };
}

async function count(machine: Machine, agent: GuestAgent, kind: "read" | "write", size: number): Promise<Counts> {
  const content = Buffer.alloc(size, "counted");
  const handle = openFile(agent, agent.place("counted", kind === "read" ? content : Buffer.alloc(0)), kind === "read" ? "r" : "w");
  const args = kind === "read" ? { handle, count: size } : { handle, "buf-b64": content.toString("base64") };
  const request = command(`guest-file-${kind}`, args);
  const before = await soFar(machine, agent.pid, kind);
  agent.client.send(request);
  agent.client.skipLine();
  const after = await soFar(machine, agent.pid, kind);
  agent.client.ask(command("guest-file-close", { handle }));
  return { calls: after.calls - before.calls, bytes: after.bytes - before.bytes };
}

async function soFar(machine: Machine, pid: number, kind: "read" | "write"): Promise<Counts> {
  const io = await machine.shell.out(`cat /proc/${pid}/io`);
  const figure = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(io)?.[1]);
  return kind === "read" ? { calls: figure("syscw"), bytes: figure("wchar") } : { calls: figure("syscr"), bytes: figure("rchar") };
}
