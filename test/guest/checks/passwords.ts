import { afterAll, beforeAll, expect, test } from "vitest";
import type { SharedGuest } from "../shared-guest.ts";

const user = "owner";

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** As one word of a shell's command line. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** guest-set-user-password. */
export function passwordChecks(guest: SharedGuest): void {
  const set = async (password: string, crypted = false, username = user) =>
    await guest.machine.withAgent((agent) =>
      agent.call("guest-set-user-password", { username, password: base64(password), crypted }, 60_000),
    );
  const shadow = async (name = user) => (await guest.machine.shell.out(`grep '^${name}:' /etc/shadow`)).split(":")[1] ?? "";
  /** The C library's own hash of a password, with the salt of another. */
  const hashed = async (password: string, like: string) =>
    await guest.machine.shell.out(`perl -e 'print crypt($ARGV[0], $ARGV[1])' ${quoted(password)} ${quoted(like)}`);
  /** What PAM asks whether a password is right. */
  const isRight = async (password: string) => {
    return (await guest.machine.shell.run(`printf '%s\\0' ${quoted(password)} | unix_chkpwd ${user} nullok`)).status === 0;
  };
  /** Whether one gets in with it who is not root. */
  const letsIn = async (password: string) => {
    const attempt = `printf '%s\\n' ${quoted(password)} | runuser -u nobody -- su ${user} -c 'id -un'`;
    return (await guest.machine.shell.run(attempt, 60)).stdout.includes(user);
  };

  beforeAll(async () => {
    await guest.machine.shell.out(`useradd -m -s /bin/bash ${user}`, 60);
  }, 70_000);
  afterAll(async () => {
    await guest.machine.shell.run(`userdel -r ${user}`, 60);
  }, 70_000);

  test("a new password logs in, the old one no longer", async () => {
    expect(await shadow()).toBe("!");
    await set("first");
    expect([await isRight("first"), await isRight("second")]).toEqual([true, false]);
    // colons, quotes and what is not ASCII are part of it
    const odd = "a:b 'c' \"d\" $(id) grüße\t#";
    await set(odd);
    const hash = await shadow();
    expect(await hashed(odd, hash)).toBe(hash);
    expect([await letsIn(odd), await isRight(odd), await isRight("first")]).toEqual([true, true, false]);
    guest.saw(
      `guest-set-user-password: /etc/shadow has ${hash.slice(0, 4)}…, which is crypt's of the password; su lets in with it, and the former one is wrong`,
    );
  });

  test("a hash is taken as it is", async () => {
    const hash = await hashed("from a hash", "$6$saltsaltsalt$");
    expect(hash).toMatch(/^\$6\$saltsaltsalt\$.{86}$/);
    await set(hash, true);
    expect(await shadow()).toBe(hash);
    expect([await isRight("from a hash"), await isRight(hash)]).toEqual([true, false]);
    guest.saw("guest-set-user-password crypted: /etc/shadow has the very hash, and its password is right");
  });

  test("nobody else's password is set by the way", async () => {
    const root = await shadow("root");
    const before = await shadow();
    await guest.machine.withAgent(async (agent) => {
      const failure = async (username: string, password: string, crypted = false) =>
        (await agent.failure("guest-set-user-password", { username, password: base64(password), crypted })).desc;
      expect(await failure(user, "x\nroot:owned")).toBe("forbidden characters in raw password");
      expect(await failure(`${user}\nroot:owned\n`, "x")).toBe("forbidden characters in username");
      expect(await failure("root:owned", "x")).toBe("forbidden characters in username");
      expect(await failure("nobody-of-that-name", "x")).toMatch(/^child process has failed to set user password/);
    });
    expect([await shadow("root"), await shadow()]).toEqual([root, before]);
    guest.saw("guest-set-user-password: line ends and colons that would set root's are refused, /etc/shadow is unchanged");
  });
}
