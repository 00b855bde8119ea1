/** The agent's own process on macOS. */
import type { OwnProcess } from "../own-process.ts";
import { checked, libSystem, setCloseOnExec } from "./library.ts";

const EXCLUSIVE = 2;
const WITHOUT_WAITING = 4;

export const macProcess: OwnProcess = {
  exitNow(status) {
    libSystem().exit(status);
    throw new Error("_exit came back");
  },
  killTree(pid) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // it has ended meanwhile
    }
  },
  setCloseOnExec,
  dup2(from, to) {
    checked(libSystem().dup2(from, to), "dup2");
  },
  lockForWriting(fd) {
    checked(libSystem().flock(fd, EXCLUSIVE | WITHOUT_WAITING), "flock");
  },
  isLocked: ({ code }) => code === "EAGAIN",
  socketFamily() {
    throw new Error("launchd hands over no sockets that lodger could take");
  },
  noIsolation: "on macOS no plugin can have a process of its own yet: set isolate = false for it, if you trust it, or leave it out",
  noPathRules: "is a rule on paths, which lodger can't hold to on macOS yet: allow or block the whole command instead",
};
