/** Whether an agent runs, and lives. */
import { type Check, type Finding, ok, problem, type Subject, warning } from "./check.ts";
import { agentsAt, type Process, statusOf } from "./processes.ts";

/** By the kernel's letter for a process that can't work. */
const STATES: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  D: [
    "waits in the kernel for a device that doesn't answer",
    "look at the disks and servers: 'dmesg', 'cat /proc/PID/stack'; it goes on when they answer",
  ],
  T: ["is stopped", "'kill -CONT PID'"],
  t: ["is held by a debugger", "end the debugger"],
  Z: ["has ended, and nobody has taken notice", "restart what has started it"],
};
/** A process waits for a disk now and then: only what does so for a while is stuck. */
const LOOKS = 5;
const PAUSE_MS = 100;

export const agentCheck: Check = {
  name: "agent",
  on: ["linux"],
  look: async (subject) => {
    const running = agentsAt(subject);
    if (running.length === 0)
      return [
        problem(
          `no agent of lodger's runs that serves ${subject.settings.path}`,
          "'systemctl start lodger'; where it isn't installed, 'lodger install'; 'lodger --verbose' shows what it does",
        ),
      ];
    const found: Finding[] = [];
    if (running.length > 1)
      found.push(
        warning(
          `${running.length} agents run: processes ${running.map(({ pid }) => pid).join(", ")}`,
          "only one can serve a port: end those that no service has started",
        ),
      );
    for (const process of running) {
      const stuck = await stuckState(subject, process);
      if (stuck) found.push(stuck);
    }
    const silent = await unanswered(subject);
    if (silent) found.push(silent);
    return found.length > 0
      ? found
      : [ok(running.map(({ program, pid }) => `${program} runs as process ${pid}${how(subject)}`).join(", "))];
  },
};

async function stuckState({ machine }: Subject, { pid, program }: Process): Promise<Finding | undefined> {
  for (let look = 0; ; look++) {
    const letter = statusOf(machine, pid, "State")?.charAt(0) ?? "";
    const known = STATES[letter];
    if (known === undefined) return undefined;
    if (letter !== "D" || look === LOOKS) return problem(`${program} (process ${pid}) ${known[0]}`, known[1].replace("PID", String(pid)));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Only where others can connect beside the host. */
const CAN_BE_ASKED: ReadonlySet<string> = new Set(["unix-listen", "tcp-listen"]);

function isAsked({ settings: { method, tls } }: Subject): boolean {
  return CAN_BE_ASKED.has(method) && tls === undefined;
}

function how(subject: Subject): string {
  return isAsked(subject) ? ", and answers" : `; only the host can ask it by ${subject.settings.method}`;
}

async function unanswered(subject: Subject): Promise<Finding | undefined> {
  if (!isAsked(subject)) return undefined;
  const { path } = subject.settings;
  const why = await subject.ping(path.replace(/^(0\.0\.0\.0|\[::\]):/, "localhost:"));
  return why === undefined
    ? undefined
    : problem(`the agent doesn't answer: ${why}`, "its log says what it is at: 'journalctl -u lodger'; 'systemctl restart lodger' ends it");
}
