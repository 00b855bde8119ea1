/** Becoming another user: what is refused, and why. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { Identity } from "../../../core/extension/script/identity.ts";
import type { Account, Accounts, Processes } from "../../../core/plugin.ts";

const backup: Account = { name: "backup", uid: 34, gid: 34, home: "/var/backups" };
const accounts: Accounts = {
  find: async (name) => (name === "backup" ? backup : undefined),
  sessions: async () => [],
};

/** A system whose setpriv says that it is this. */
function setpriv(...versions: readonly string[]): Processes {
  const left = [...versions];
  return {
    run: async () => ({ status: 0, signal: undefined, output: left.shift() ?? "" }),
    isExecutable: async () => true,
  };
}

afterEach(() => void vi.restoreAllMocks());

function asUser(uid: number): void {
  vi.spyOn(process, "geteuid").mockReturnValue(uid);
}

describe("the account", () => {
  test("is asked for each time, and is none where it is the agent's own", async () => {
    asUser(0);
    expect(await new Identity("backup", accounts, setpriv()).account()).toEqual(backup);
    asUser(34);
    expect(await new Identity("backup", accounts, setpriv()).account()).toBeUndefined();
  });

  test("of nobody, or of another one where the agent isn't root", async () => {
    await expect(new Identity("none", accounts, setpriv()).account()).rejects.toThrow("there is no user 'none': make it, or change 'user'");
    asUser(1000);
    await expect(new Identity("backup", accounts, setpriv()).account()).rejects.toThrow(
      "only root can become user 'backup', and the agent runs as user 1000: leave 'user' out",
    );
  });
});

describe("the command", () => {
  test("is setpriv, by numbers, with nothing left over", async () => {
    const identity = new Identity("backup", accounts, setpriv("setpriv from util-linux 2.38.1"));
    expect((await identity.command(backup, "/x", ["--", "a b"])).slice(1)).toEqual([
      ...["--reuid", "34", "--regid", "34", "--init-groups", "--inh-caps=-all", "--no-new-privs", "--", "/x", "--", "a b"],
    ]);
  });

  test("isn't busybox's, and one that is installed later will do", async () => {
    const places = 5; // the most that are looked at
    const identity = new Identity("backup", accounts, setpriv(...Array<string>(places).fill("BusyBox v1.36"), "util-linux 2.38.1"));
    const needs = "'user' needs the program setpriv of util-linux: install it (Alpine: 'apk add setpriv'), or leave 'user' out";
    await expect(identity.command(backup, "/x", [])).rejects.toThrow(needs);
    await expect
      .poll(() =>
        identity.command(backup, "/x", []).then(
          () => "found",
          () => "none",
        ),
      )
      .toBe("found");
  });
});
