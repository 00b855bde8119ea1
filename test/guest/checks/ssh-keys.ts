import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../deadline.ts";
import type { SharedGuest } from "../shared-guest.ts";

const user = "visitor";
const folder = "/run/ssh-keys";
const file = `/home/${user}/.ssh/authorized_keys`;
const options = `-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes -o IdentitiesOnly=yes`;

interface LoggedIn {
  readonly user: string;
  readonly "login-time": number;
}

/** guest-ssh-get-, -add- and -remove-authorized-keys: the truth is a server that lets in or not. */
export function sshKeyChecks(guest: SharedGuest): void {
  const keys: Record<"first" | "second", string> = { first: "", second: "" };
  const ssh = (key: keyof typeof keys, command: string, more = "") =>
    `ssh ${options} ${more} -i ${folder}/${key} ${user}@127.0.0.1 ${command}`;
  const letsIn = async (key: keyof typeof keys) => {
    const { status, stdout, stderr } = await guest.machine.shell.run(ssh(key, "id -un"), 60);
    // refused must mean refused, not that there was no server
    if (status !== 0) expect(stderr).toContain("Permission denied");
    return stdout.trim() === user;
  };
  const call = async (
    command: "guest-ssh-add-authorized-keys" | "guest-ssh-remove-authorized-keys",
    list: readonly string[],
    more: object = {},
  ) => await guest.machine.withAgent((agent) => agent.call(command, { username: user, keys: list, ...more }, 60_000));
  const get = async () => {
    const answer = await guest.machine.withAgent((agent) => agent.call("guest-ssh-get-authorized-keys", { username: user }, 60_000));
    return (answer as { keys: string[] }).keys.toSorted();
  };
  const lines = async () => (await guest.machine.shell.out(`cat ${file}`)).split("\n");

  beforeAll(async () => {
    const { shell } = guest.machine;
    await shell.out(`useradd -m -s /bin/bash -p '*' ${user}; mkdir -p ${folder} /run/sshd`, 60);
    for (const key of ["first", "second"] as const) {
      keys[key] = await shell.out(`ssh-keygen -q -t ed25519 -N '' -C ${key}@test -f ${folder}/${key}; cat ${folder}/${key}.pub`, 60);
    }
    // without PAM, which would start a systemd of the user's own at each login
    await shell.out(`/usr/sbin/sshd -o UsePAM=no -o ListenAddress=127.0.0.1 -o UseDNS=no -o PidFile=${folder}/pid`, 60);
    await until(30_000, "sshd's pid file", async () => ((await shell.run(`[ -s ${folder}/pid ]`)).status === 0 ? true : undefined));
  }, 120_000);
  afterAll(async () => {
    await guest.machine.shell.run(`kill $(cat ${folder}/pid); userdel -rf ${user}; rm -r ${folder}`, 60);
  }, 70_000);

  test("an added key lets in, with the modes and owners that sshd wants", async () => {
    expect(await letsIn("first")).toBe(false);
    expect(await call("guest-ssh-add-authorized-keys", [keys.first])).toEqual({});
    expect(await letsIn("first")).toBe(true);
    expect(await guest.machine.shell.out(`stat -c '%a %U %G %F' ${file.replace(/\/[^/]*$/, "")} ${file}`)).toBe(
      `700 ${user} ${user} directory\n600 ${user} ${user} regular file`,
    );
    expect(await lines()).toEqual([keys.first]);
    guest.saw(
      "guest-ssh-add-authorized-keys: sshd refuses the key before and takes it after; ~/.ssh 700 and the file 600, both the user's",
    );
  });

  test("keys are added once, removed, and replaced by reset", async () => {
    expect(await call("guest-ssh-add-authorized-keys", [keys.first, keys.second])).toEqual({});
    expect((await lines()).toSorted()).toEqual([keys.first, keys.second].toSorted());
    expect(await get()).toEqual([keys.first, keys.second].toSorted());

    expect(await call("guest-ssh-remove-authorized-keys", [keys.first, "ssh-ed25519 never-there"])).toEqual({});
    expect(await get()).toEqual([keys.second]);
    expect([await letsIn("first"), await letsIn("second")]).toEqual([false, true]);

    expect(await call("guest-ssh-add-authorized-keys", [keys.first], { reset: true })).toEqual({});
    expect(await get()).toEqual([keys.first]);
    expect(await letsIn("second")).toBe(false);
    guest.saw(
      "guest-ssh-add/-remove-authorized-keys: sshd lets in with the keys that are there, and no longer with those removed or reset",
    );
  });

  test("what is no key, and who is no user", async () => {
    await guest.machine.withAgent(async (agent) => {
      const failure = async (username: string, key: string) =>
        (await agent.failure("guest-ssh-add-authorized-keys", { username, keys: [key] })).desc;
      expect(await failure(user, `${keys.second}\n${keys.second}`)).toMatch(/^invalid OpenSSH public key: /);
      expect(await failure(user, "# a comment")).toBe("invalid OpenSSH public key: '# a comment'");
      expect(await failure("nobody-of-that-name", keys.second)).toMatch(/^failed to lookup user 'nobody-of-that-name'/);
    });
    expect(await lines()).toEqual([keys.first]);
  });

  test("guest-get-users lists who has logged in", async () => {
    const { shell } = guest.machine;
    await shell.out(": >>/run/utmp; chgrp utmp /run/utmp; chmod 664 /run/utmp");
    const before = Number(await shell.out("date +%s"));
    await shell.out(`setsid ${ssh("first", "cat", "-tt")} <>${folder}/terminal >/dev/null 2>&1 & echo $! >${folder}/login`);
    const listed = await until(60_000, "who to list the login", async () => (await shell.out("who")).match(/^visitor .*/m)?.[0]);
    const users = (await guest.machine.withAgent((agent) => agent.call("guest-get-users"))) as LoggedIn[];
    await shell.out(`kill $(cat ${folder}/login)`);
    expect(users).toEqual([{ user, "login-time": expect.any(Number) }]);
    expect(users[0]?.["login-time"]).toBeGreaterThanOrEqual(before - 1);
    expect(users[0]?.["login-time"]).toBeLessThan(before + 60);
    guest.saw(`guest-get-users: who says "${listed.replaceAll(/ +/g, " ")}", the agent ${JSON.stringify(users)}`);
    await until(30_000, "the login to end", async () => ((await shell.out("who")) === "" ? true : undefined));
    expect(await guest.machine.withAgent((agent) => agent.call("guest-get-users"))).toEqual([]);
  });
}
