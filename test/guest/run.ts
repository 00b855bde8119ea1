/**
 * `npm run guest [-- EXECUTABLE]`: boots the test guest with an agent and leaves a socket to talk to. What is typed runs
 * as root in the guest, on its second serial port; QEMU's monitor answers lines that begin with `!`.
 */
import path from "node:path";
import { createInterface } from "node:readline";
import { copyDisks } from "./disks.ts";
import { Machine } from "./machine.ts";
import { executable as defaultExecutable, missingRequirements } from "./requirements.ts";

const executable = path.resolve(process.argv[2] ?? defaultExecutable);
const missing = missingRequirements(executable);
if (missing.length > 0) {
  console.error(`the guest cannot run here, it lacks: ${missing.join("; ")}`);
  process.exit(1);
}

const disks = await copyDisks(executable);
let machine: Machine;
try {
  machine = await Machine.start(disks);
} catch (error) {
  await disks.remove();
  throw error;
}

let ending = false;
async function end(status: number): Promise<void> {
  if (ending) return;
  ending = true;
  await machine.dispose();
  await disks.remove();
  process.exit(status);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end(0));

console.log(`agent    ${executable}
socket   ${machine.agentSocket}
console  ${path.join(disks.folder, "console.log")}
booting …`);
try {
  await machine.shell.started(120_000);
  const version = await machine.withAgent(async (agent) => ((await agent.call("guest-info")) as { version: string }).version);
  console.log(`The agent answers: version ${version}. The socket has one client at a time and is free now:
  ${defaultExecutable} call ${machine.agentSocket} guest-network-get-interfaces
What you type here runs as root in the guest; !COMMAND asks QEMU's monitor, as !system_wakeup after guest-suspend-ram.
Ctrl-C ends the machine and removes its disks.`);
} catch (error) {
  console.error(error);
  await end(1);
}

void machine.ended(2 ** 31 - 1).then(() => {
  if (!ending) console.log("the guest has powered off");
  return end(0);
});

const input = createInterface({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY === true, prompt: "guest# " });
// in a terminal the line editor takes Ctrl-C; Ctrl-D closes it, but a script's /dev/null at once, which is no reason to end
input.on("SIGINT", () => void end(0));
input.on("close", () => {
  if (process.stdin.isTTY === true) void end(0);
});
input.prompt();
for await (const line of input) {
  try {
    if (line.startsWith("!")) console.log(JSON.stringify(await machine.qmp.execute(line.slice(1).trim())));
    else if (line.trim() !== "") {
      const { status, stdout, stderr } = await machine.shell.run(line, 600);
      process.stdout.write(stdout + stderr + (status === 0 ? "" : `(exit status ${status})\n`));
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  input.prompt();
}
