import { afterAll, beforeAll } from "vitest";
import { bundledExecutable } from "./bundled.ts";
import { installMusl } from "./checks/musl.ts";
import { copyDisks, type Disks, installExecutable, type PcDisks } from "./disks.ts";
import { Machine } from "./machine.ts";
import { executable } from "./requirements.ts";

/** Has guest-files.service note which files there are before the agent starts for the first time: traces.ts compares. */
const listFilesAtBoot = "guest.list-files";

/** The machine that the tests of one file share; there from the first test on. */
export interface AnyGuest<D extends Disks = Disks> {
  readonly machine: Machine<D>;
  /** Keeps one line for the list printed at the end: what was seen, with its figures. */
  saw(text: string): void;
}

export interface SharedGuest extends AnyGuest<PcDisks> {
  /** Answers to what a client sent as soon as the machine was powered on, with the milliseconds that it took. */
  firstAnswer(): Promise<{ text: string; milliseconds: number }>;
}

export function sharedGuest(): SharedGuest {
  let machine: Machine<PcDisks> | undefined;
  let firstAnswer: Promise<{ text: string; milliseconds: number }> | undefined;
  const findings = findingsOf("guest");
  beforeAll(async () => {
    const disks = await copyDisks(executable);
    await installExecutable(disks.root, await bundledExecutable(disks.folder, "examples/systemd-units"), "lodger-bundled");
    await installMusl(disks.root, disks.folder);
    machine = await Machine.start(disks, listFilesAtBoot);
    firstAnswer = askAtPowerOn(machine);
    // awaited by a test; until then its failure is nobody's
    firstAnswer.catch(() => {});
    await machine.shell.started(120_000);
  }, 240_000);
  afterAll(async () => {
    await machine?.dispose();
    await machine?.disks.remove();
  });
  return {
    get machine() {
      if (machine === undefined) throw new Error("the guest has not booted");
      return machine;
    },
    firstAnswer: async () => {
      if (firstAnswer === undefined) throw new Error("the guest has not been started");
      return await firstAnswer;
    },
    saw: findings,
  };
}

async function askAtPowerOn(machine: Machine): Promise<{ text: string; milliseconds: number }> {
  const started = performance.now();
  const agent = await machine.agent();
  try {
    agent.sendRequest("guest-sync", { id: 1 });
    const text = (await agent.receive(180_000, "guest-sync, sent at power-on")).toString();
    return { text, milliseconds: performance.now() - started };
  } finally {
    agent.close();
  }
}

/** A collector whose lines are printed together when the file's tests are over. */
export function findingsOf(what: string): (text: string) => void {
  const lines: string[] = [];
  afterAll(() => console.log(lines.map((line) => `checked: ${what}: ${line}`).join("\n")));
  return (text) => {
    lines.push(text);
  };
}
