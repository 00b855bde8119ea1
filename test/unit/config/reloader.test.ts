/** When the configuration is read again, and what happens to it. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { NO_ADMIN_CONFIG } from "../../../core/config/admin-config.ts";
import { parseStart, type RunStart } from "../../../core/config/start.ts";
import { StartError } from "../../../core/config/start-error.ts";
import type { Reloadable } from "../../../core/process/reload.ts";
import { Reloader } from "../../../core/process/reloader.ts";
import { read } from "./toml-files.ts";

function start(toml?: string): RunStart {
  const result = parseStart({
    program: "lodger",
    args: [],
    environment: {},
    admin: toml === undefined ? NO_ADMIN_CONFIG : { ...read({ "lodger.toml": toml }).config, files: [] },
    defaultPaths: new Map([["virtio-serial", "/port"]]),
    readFile: () => Buffer.from(""),
  });
  if (result.action !== "run") throw new Error(result.action);
  return result;
}

function scene(options: { readonly parts?: readonly Partial<Reloadable>[] } = {}) {
  const lines: string[] = [];
  const note = (level: string) => (text: string | (() => string)) => void lines.push(`${level}: ${text}`);
  const [error, critical, warning, message, info, debug] = ["error", "critical", "warning", "message", "info", "debug"].map(note);
  const log = { error, critical, warning, message, info, debug } as never;
  const applied: RunStart[] = [];
  const refused: string[][] = [];
  let thaw: () => void = () => undefined;
  const state = {
    frozen: false,
    freezing: false,
    whenThawed: () =>
      new Promise<void>((resolve) => {
        thaw = resolve;
      }),
  };
  const part: Reloadable = { name: "policy", apply: (_config, now) => void applied.push(now) };
  const parts = [part, ...(options.parts ?? []).map((each) => ({ name: "audit", apply: () => undefined, ...each }))];
  const reading = vi.fn<() => Promise<RunStart>>();
  const reloader = new Reloader({ started: start(), read: reading, parts, log, state, refused: (each) => refused.push([...each]) });
  return {
    reloader,
    reading,
    lines,
    applied,
    refused,
    state,
    thaw: () => {
      state.frozen = false;
      thaw();
    },
  };
}

afterEach(() => vi.useRealTimers());

describe("a reload", () => {
  it("hands over what was read, and says what is in force now and what isn't", async () => {
    const { reloader, reading, lines, applied } = scene();
    const next = start('[agent]\nblock-rpcs = "a"\nfreeze-lease = 5\n[policy]\nprofile = "backup"\n[plugins.p]\n');
    reading.mockResolvedValue(next);
    reloader.request("signal");
    await vi.waitFor(() => expect(lines).toHaveLength(2));
    expect(applied).toEqual([next]);
    expect(lines).toEqual([
      "message: the configuration was read again; in force now: [policy], block-rpcs",
      "message: the configuration was read again; needs a restart of the agent: [plugins.p], freeze-lease",
    ]);
  });

  it("of the same is told only to who has asked", async () => {
    const { reloader, reading, lines, applied } = scene();
    reading.mockImplementation(async () => start());
    reloader.request("change");
    await vi.waitFor(() => expect(applied).toHaveLength(1));
    expect(lines).toEqual([]);
    reloader.request("signal");
    await vi.waitFor(() => expect(lines).toEqual(["message: the configuration was read again; nothing has changed"]));
  });

  it("of what can't be used changes nothing, and names every line", async () => {
    const { reloader, reading, lines, applied, refused } = scene();
    reading.mockRejectedValue(new StartError(["f:1: one", "f:2: two"]));
    reloader.request("change");
    await vi.waitFor(() => expect(lines).toHaveLength(3));
    expect(applied).toEqual([]);
    expect(lines.slice(0, 2)).toEqual(["error: f:1: one", "error: f:2: two"]);
    expect(refused).toEqual([["f:1: one", "f:2: two"]]);
  });

  it("that one part refuses is applied to none", async () => {
    const check = () => Promise.reject(new Error("no room for the audit"));
    const { reloader, reading, lines, applied } = scene({ parts: [{ check }] });
    reading.mockResolvedValue(start('[policy]\nprofile = "none"'));
    reloader.request("signal");
    await vi.waitFor(() => expect(lines).toHaveLength(2));
    expect(applied).toEqual([]);
    expect(lines[0]).toBe("error: no room for the audit");
  });

  it("goes on where a part fails at last, and says which", async () => {
    const apply = () => Promise.reject(new Error("disk full"));
    const { reloader, reading, lines, applied } = scene({ parts: [{ apply }] });
    reading.mockResolvedValue(start('[policy]\nprofile = "none"'));
    reloader.request("signal");
    await vi.waitFor(() => expect(lines).toHaveLength(2));
    expect(applied).toHaveLength(1);
    expect(lines[0]).toBe("error: the new configuration of audit is not in force: disk full");
  });

  it("waits for the thaw", async () => {
    const { reloader, reading, applied, state, thaw } = scene();
    state.frozen = true;
    reading.mockResolvedValue(start());
    reloader.request("signal");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reading).not.toHaveBeenCalled();
    thaw();
    await vi.waitFor(() => expect(applied).toHaveLength(1));
  });

  it("that a freeze overtakes is done again after it", async () => {
    const { reloader, reading, applied, state, thaw } = scene();
    reading.mockImplementationOnce(async () => {
      state.frozen = true;
      return start();
    });
    reading.mockResolvedValue(start('[policy]\nprofile = "none"'));
    reloader.request("signal");
    await vi.waitFor(() => expect(reading).toHaveBeenCalledTimes(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(applied).toEqual([]);
    thaw();
    await vi.waitFor(() => expect(applied).toHaveLength(1));
    expect(reading).toHaveBeenCalledTimes(2);
  });

  it("is done once more for all that is asked for while one runs", async () => {
    const { reloader, reading, applied } = scene();
    reading.mockImplementation(async () => start());
    for (let count = 0; count < 10; count++) reloader.request("signal");
    await vi.waitFor(() => expect(applied.length).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reading.mock.calls.length).toBeLessThanOrEqual(2);
  });
});
