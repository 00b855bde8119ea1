/** `lodger stats` and `lodger doctor` as their users have them: with a real agent, by a real socket. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { parseExposition } from "../unit/cli/exposition.ts";
import { type Program, type Running, run, serve } from "./program.ts";

let built: string;
let folder: string;
let agent: Running | undefined;
const program = (): Program => [process.execPath, join(built, "lodger.cjs")];
const socket = () => join(folder, "s");
const options = () => ["-m", "unix-listen", "-p", socket(), "-t", folder];
/** Programs that doctor asks are looked for there. */
const environment = { PATH: "/usr/bin:/bin" };
const patienceMs = 30_000;

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  built = mkdtempSync(join(cache, "test-"));
  await bundle({ outfile: join(built, "lodger.cjs") });
}, 60_000);
afterAll(() => rmSync(built, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lodger-diagnosis-"));
});
afterEach(async () => {
  await agent?.end();
  agent = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function started(...more: readonly string[]): Promise<Running> {
  agent = serve(program(), socket(), [...options(), ...more]);
  await agent.ask({ execute: "guest-ping" });
  return agent;
}

const stats = (...args: readonly string[]) => run(program(), ["stats", ...args]);

describe("lodger stats", () => {
  test("tells what clients have asked for, also as Prometheus reads it", async () => {
    const asked = await started();
    const { return: handle } = (await asked.ask({ execute: "guest-file-open", arguments: { path: "/etc/passwd" } })) as { return: number };
    await asked.ask({ execute: "guest-file-read", arguments: { handle, count: 10 } });
    await asked.ask({ execute: "guest-file-read", arguments: { handle: 1 } });
    await asked.ask({ execute: "guest-no-such" });
    await asked.ask({ execute: "guest-exec", arguments: { path: "/bin/true" } });

    const table = await stats(socket());
    expect(table).toMatchObject({ status: 0, errors: "" });
    expect(table.output).toMatch(/^guest-file-read +2 +1 /m);
    expect(table.output).toMatch(/1 file-handles, 1 processes/);

    const families = parseExposition((await stats(socket(), "--prometheus")).output);
    const sample = (name: string, labels: object) =>
      families.get(name)?.samples.find((each) => JSON.stringify(each.labels) === JSON.stringify(labels))?.value;
    expect(sample("lodger_command_requests_total", { command: "guest-file-read" })).toBe(2);
    expect(sample("lodger_command_errors_total", { command: "guest-file-read" })).toBe(1);
    expect(sample("lodger_errors_total", { class: "CommandNotFound" })).toBe(1);
    expect(sample("lodger_connections", { transport: "unix-listen" })).toBe(1);
    // ping, open, read, read, no-such, exec; the first stats and this one
    expect(sample("lodger_connections_opened_total", { transport: "unix-listen" })).toBe(8);
    expect(sample("lodger_memory_bytes", { kind: "private-dirty" })).toBeGreaterThan(1e6);
    expect(sample("lodger_memory_bytes", { kind: "resident" })).toBeGreaterThan(1e7);
    expect(sample("lodger_event_loop_busy_seconds_total", {})).toBeGreaterThan(0);
  });

  test("its figures are the command's own", async () => {
    await started();
    const { output } = await stats("--format=json", socket());
    expect(JSON.parse(output)).toMatchObject({ frozen: false, connections: [{ transport: "unix-listen" }], plugins: expect.any(Array) });
  });

  test.each<[string, readonly string[], RegExp]>([
    ["no target", [], /needs one TARGET/],
    ["two targets", ["/a", "/b"], /needs one TARGET/],
    ["a format that there isn't", ["/a", "--format=xml"], /none of table, prometheus, json/],
    ["nobody there", ["/no/such/socket"], /is the guest running/],
  ])("says what to do about %s", async (_, args, errors) => {
    const ended = await stats(...args);
    expect(ended).toMatchObject({ status: 1, output: "" });
    expect(ended.errors).toMatch(errors);
  });

  test("the admin's rules hold for it, as for any command", async () => {
    await started("--block-rpcs=guest-lodger-stats");
    expect(await stats(socket())).toMatchObject({ status: 1, errors: expect.stringContaining("has been disabled") });
  });
});

interface Report {
  readonly status: number;
  readonly checks: readonly {
    readonly name: string;
    readonly findings: readonly { readonly status: string; readonly seen: string; readonly advice?: string }[];
  }[];
}

async function doctor(...args: readonly string[]): Promise<Report & { readonly exit: number | null }> {
  const { status, output } = await run(program(), ["doctor", "--json", ...args], { environment, patienceMs });
  return { ...(JSON.parse(output) as Report), exit: status };
}

/** What one check has said. */
const said = ({ checks }: Report, name: string) => checks.find((each) => each.name === name)?.findings ?? [];

describe("lodger doctor", () => {
  test("finds the agent that serves a socket, and that it answers", async () => {
    const { pid } = await started();
    const report = await doctor(...options());
    expect(said(report, "agent")).toEqual([{ status: "ok", seen: expect.stringMatching(`process ${pid}, and answers`) }]);
    expect(said(report, "port")).toEqual([{ status: "ok", seen: expect.stringContaining(folder) }]);
    expect(said(report, "configuration")[0]?.status).toBe("ok");
    expect(report.exit).toBe(report.status);
  });

  test("says that none runs, and ends with 2", async () => {
    const report = await doctor(...options());
    expect(said(report, "agent")).toEqual([
      expect.objectContaining({ status: "problem", advice: expect.stringContaining("lodger install") }),
    ]);
    expect(report.exit).toBe(2);
  });

  test("finds a stopped agent", async () => {
    const { pid } = await started();
    process.kill(pid, "SIGSTOP");
    try {
      const report = await doctor(...options());
      expect(said(report, "agent")).toContainEqual(expect.objectContaining({ status: "problem", advice: `'kill -CONT ${pid}'` }));
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  test("finds what is wrong with the configuration, with plugins and with the state folder, all at once", async () => {
    const toml = join(folder, "lodger.toml");
    writeFileSync(toml, '[policy]\nprofil = "observe"\n');
    writeFileSync(join(folder, "broken.mjs"), "throw new Error('no luck')\n");
    const report = await doctor(
      `--lodger-config=${toml}`,
      ...options().slice(0, 4),
      "-t",
      join(folder, "none"),
      `--plugin=${join(folder, "broken.mjs")}`,
    );
    const configuration = said(report, "configuration").map(({ seen }) => seen);
    expect(configuration).toContainEqual(expect.stringContaining("profil"));
    expect(configuration).toContainEqual(expect.stringContaining("no luck"));
    expect(said(report, "state-folder")[0]).toMatchObject({ status: "problem", advice: expect.stringContaining("mkdir -p") });
    expect(report.exit).toBe(2);
  });

  test("changes nothing, and leaves nothing behind", async () => {
    await started();
    const before = readFileSync(join(folder, "qga.state"), "utf8");
    await doctor(...options());
    expect(readFileSync(join(folder, "qga.state"), "utf8")).toBe(before);
  });

  test("is for people where nobody asks for JSON, and refuses what it doesn't know", async () => {
    const text = await run(program(), ["doctor", ...options()], { environment, patienceMs });
    expect(text.output).toMatch(/^PROBLEM {2}agent {2,}no agent of lodger's runs .*\n +what to do: /m);
    expect(text.output).toMatch(/\d+ problems?, \d+ warnings?.*\n$/);
    expect(await run(program(), ["doctor", "everything"])).toMatchObject({ status: 2, errors: expect.stringContaining("--help") });
    expect((await run(program(), ["doctor", "--help"])).output).toContain("It changes nothing");
  });
});
