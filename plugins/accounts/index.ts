/** The guest's users: guest-get-users, guest-set-user-password and the guest-ssh-…-authorized-keys commands. */
import { Accounts, command, definePlugin, HomeFiles, onlyOn, Processes, Type } from "../../core/plugin.ts";
import { AuthorizedKeys } from "./authorized-keys.ts";
import { earliestLogins } from "./logins.ts";
import { setPassword } from "./password.ts";

const Username = Type.String({ description: "A user of the guest, wherever the guest has its users from." });
const Keys = Type.Array(Type.String({ description: "One line, as in a .pub file." }), { description: "Public keys of OpenSSH." });

const keysSupported = onlyOn(
  ["linux"],
  "lodger can't become the user here; with its own rights it would follow whatever links the user has put in the way",
);

const asUser = "root: becomes the user, in a process of its own, before it touches the home directory.";

export default definePlugin({
  name: "accounts",
  needs: { accounts: Accounts, homeFiles: HomeFiles, processes: Processes },
  commands: ({ accounts, homeFiles, processes }) => {
    const keys = new AuthorizedKeys(accounts, homeFiles);
    return [
      command({
        name: "guest-set-user-password",
        since: "2.3",
        summary: "Sets a user's password, as the guest's own chpasswd does.",
        privilege: "root: runs chpasswd.",
        parity: "better: never shows the password in an error, and refuses a NUL byte instead of cutting the password there.",
        arguments: Type.Object({
          username: Username,
          password: Type.Base64({ description: "The password, or its hash. It has no newline and no NUL byte.", secret: true }),
          crypted: Type.Boolean({ description: "Whether `password` is a hash, as crypt(3) makes it, to be stored as it is." }),
        }),
        supported: onlyOn(["linux", "win32"], "lodger knows no safe way to set a password on macOS: its programs take it as an argument"),
        run: ({ username, password, crypted }) => setPassword(accounts, processes, username, password, crypted),
      }),
      command({
        name: "guest-get-users",
        since: "2.10",
        summary: "Lists the users who are logged in, each once.",
        profile: "observe",
        parity: "better: says so where the record of logins can't be read.",
        returns: Type.Array(
          Type.Object({
            "login-time": Type.Number({ description: "Of the user's earliest login, in seconds since 1970." }),
            user: Type.String(),
            domain: Type.Optional(Type.String({ description: "Of the login, on Windows only." })),
          }),
        ),
        run: () => earliestLogins(accounts),
      }),
      command({
        name: "guest-ssh-get-authorized-keys",
        since: "5.2",
        summary: "Lists the public keys with which a user may log in through SSH, the last of the file first.",
        privilege: asUser,
        parity: "better: reads with the user's rights, follows no link and waits for no FIFO.",
        arguments: Type.Object({ username: Username }),
        returns: Type.Object({ keys: Keys }),
        supported: keysSupported,
        run: async ({ username }, { signal }) => ({ keys: await keys.list(username, signal) }),
      }),
      command({
        name: "guest-ssh-add-authorized-keys",
        since: "5.2",
        summary: "Adds public keys to those with which a user may log in through SSH; one that is there already is not added again.",
        privilege: asUser,
        parity: "better: writes with the user's rights, so that no link leads it elsewhere, and drops no key that it can't read.",
        arguments: Type.Object({
          username: Username,
          keys: Keys,
          reset: Type.Optional(Type.Boolean({ description: "Whether these keys replace all that are there.", default: false })),
        }),
        supported: keysSupported,
        run: ({ username, keys: added, reset = false }, { signal }) => keys.add(username, added, reset, signal),
      }),
      command({
        name: "guest-ssh-remove-authorized-keys",
        since: "5.2",
        summary: "Removes public keys from those with which a user may log in through SSH; one that isn't there is no error.",
        privilege: asUser,
        parity: "better: writes with the user's rights, and knows a key by the text that the list shows.",
        arguments: Type.Object({ username: Username, keys: Keys }),
        supported: keysSupported,
        run: ({ username, keys: removed }, { signal }) => keys.remove(username, removed, signal),
      }),
    ];
  },
});
