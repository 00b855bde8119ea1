/**
 * Every command, with every call that it makes to the operating system failing in its turn: the client gets one clear answer, nothing stays
 * open, nothing is torn, and the agent goes on.
 */
import "reflect-metadata";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Agent } from "../../core/agent.ts";
import { NO_ADMIN_CONFIG } from "../../core/config/admin-config.ts";
import { NO_SETTINGS } from "../../core/config/no-settings.ts";
import { agentContainer, systemContainer } from "../../core/container.ts";
import { CommandRegistry } from "../../core/dispatch/registry.ts";
import { builtInPlugins } from "../../plugins/index.ts";
import { TestConnection } from "../unit/dispatch/agent-under-test.ts";
import { type Homes, harmlessPorts } from "./faults/harmless-world.ts";
import { type Errno, Injector } from "./faults/injector.ts";
import { type Scene, SENT, scenes, WITHOUT_SCENE } from "./faults/requests.ts";

const ERRNOS: readonly Errno[] = ["ENOSPC", "EROFS", "EMFILE", "ENFILE", "ENOMEM", "EIO", "EAGAIN"];
/** So many calls fail with every errno; later ones of a long command with one in turn. */
const ALL_ERRNOS = 6;
/** They answer only errors. */
const SILENT = /^guest-(shutdown|suspend-.*)$/;
const TEXTS =
  /No space left on device|Read-only file system|Too many open files|Cannot allocate memory|Input\/output error|Resource temporarily/;

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

/** A client that takes answers line by line. */
class Lines extends TestConnection {
  readonly #lines: string[] = [];
  #text = "";
  #taker: ((line: string) => void) | undefined;

  override async send(bytes: Uint8Array): Promise<void> {
    this.#text += Buffer.from(bytes).toString("latin1");
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    this.#lines.push(...lines);
    if (this.#taker && this.#lines.length > 0) this.#taker(this.#lines.shift() ?? "");
  }

  next(): Promise<string> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    return new Promise((resolve) => {
      this.#taker = (one) => {
        this.#taker = undefined;
        resolve(one);
      };
    });
  }
}

const folder = mkdtempSync(join(tmpdir(), "lodger-faults-"));
const injector = new Injector();
let homes: Homes;
const connection = new Lines();
let names: readonly string[];
let served: Promise<void>;

beforeAll(async () => {
  mkdirSync(join(folder, "state"));
  const container = systemContainer();
  const world = harmlessPorts(folder);
  homes = world.homes;
  for (const [name, token, port] of world.ports) container.register(token.key, { useValue: injector.wrap(name, port) });
  const settings = { ...NO_SETTINGS, stateDirectory: join(folder, "state"), logFile: join(folder, "log") };
  const limits = { ...settings.freeze, withinMs: 5000, eachWithinMs: 5000, hookFolder: join(folder, "no-hooks"), hookWithinMs: 5000 };
  agentContainer(container, { settings: { ...settings, freeze: limits }, admin: NO_ADMIN_CONFIG }, {});
  const agent = container.resolve(Agent);
  await agent.load(builtInPlugins, container);
  names = container
    .resolve(CommandRegistry)
    .list()
    .map(({ name }) => name);
  served = agent.serve(
    (async function* () {
      yield connection;
    })(),
  );
});

afterAll(async () => {
  connection.end();
  await served;
  rmSync(folder, { recursive: true, force: true });
});

/** Sends a request and gives its answer, which must be one line of JSON. */
async function ask(execute: string, args: object = {}): Promise<Answer> {
  connection.receive(`${JSON.stringify({ execute, arguments: args })}\n`);
  return JSON.parse(await connection.next()) as Answer;
}

async function act(scene: Scene, nth: number, code: Errno): Promise<Answer> {
  writeFileSync(join(folder, "file"), "before");
  rmSync(join(folder, "file-new"), { force: true });
  homes.content = Buffer.from("ssh-ed25519 AAAA before\n");
  const values: Record<string, unknown> = {};
  const filled = (args: object) =>
    Object.fromEntries(
      Object.entries(args).map(([name, value]) => [name, typeof value === "string" && value in values ? values[value] : value]),
    );
  for (const [execute, args] of scene.before ?? []) {
    const { return: value, error } = await ask(execute, filled(args));
    expect(error, `${execute} before ${scene.request}`).toBeUndefined();
    if (execute === "guest-file-open") values.$handle = value;
  }
  injector.arm(nth, code);
  const answer = SILENT.test(scene.request) ? await silent(scene) : await ask(scene.request, filled(scene.arguments ?? {}));
  injector.disarm();
  const opened = scene.request === "guest-file-open" ? answer.return : values.$handle;
  if (opened !== undefined) await ask("guest-file-close", { handle: opened });
  await ask("guest-fsfreeze-thaw");
  return answer;
}

/** It answers only errors: a sync tells that none comes. */
async function silent({ request, arguments: args = {} }: Scene): Promise<Answer> {
  connection.receive(`${JSON.stringify({ execute: request, arguments: args })}\n`);
  const first = await ask("guest-sync", { id: 1 });
  if (first.error === undefined) return {};
  expect(JSON.parse(await connection.next())).toEqual({ return: 1 });
  return first;
}

test("every command has a scene, or is named as one without", () => {
  const known = new Set([...scenes(folder).map(({ request }) => request), ...WITHOUT_SCENE]);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

describe("every call of it fails in its turn", () => {
  const cases = scenes(folder).map((scene) => ({ scene, what: [scene.request, ...Object.keys(scene.arguments ?? {})].join(" ") }));
  test.for(cases)("$what", { timeout: 60_000 }, async ({ scene }) => {
    const open = new Set(injector.open);
    await act(scene, 0, "EIO");
    const calls = [...injector.calls];
    const descriptors = readdirSync("/proc/self/fd").length;
    for (let nth = 1; nth <= calls.length; nth++) {
      const codes = nth <= ALL_ERRNOS ? ERRNOS : [ERRNOS[nth % ERRNOS.length] as Errno];
      for (const code of codes) {
        const what = `${code} at ${calls[nth - 1]}, call ${nth} of ${calls.length}`;
        const { error } = await act(scene, nth, code);
        if (error !== undefined) {
          expect(error.class, what).toBe("GenericError");
          // A way to suspend that can't be tried only means the next one; after the last there is none.
          if (!scene.request.startsWith("guest-suspend-")) expect(error.desc, what).toMatch(TEXTS);
          expect(error.desc, what).not.toMatch(/inside the agent|undefined|\[object|\n\s+at |OsError/);
        }
        checkContents(what);
        expect(await ask("guest-ping"), what).toEqual({ return: {} });
        expect(injector.open, what).toEqual(open);
      }
    }
    await expect.poll(() => readdirSync("/proc/self/fd").length, { timeout: 5000 }).toBeLessThanOrEqual(descriptors);
  });
});

/** Files have the old content or a part of the new one from its start; keys the old ones or the new ones. */
function checkContents(what: string): void {
  const file = readFileSync(join(folder, "file"));
  expect(file.toString() === "before" || SENT.subarray(0, file.length).equals(file), what).toBe(true);
  const whole = ["ssh-ed25519 AAAA before\n", "ssh-ed25519 AAAA before\nssh-ed25519 BBBB after\n", ""];
  expect(whole, what).toContain(Buffer.from(homes.content).toString());
}
