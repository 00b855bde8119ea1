/** A socket that systemd has opened for the agent and hands over as descriptor 3 (sd_listen_fds). */
import { type OwnProcess, ownProcess } from "../os/own-process.ts";

const FIRST_FD = 3;

/** What replaces method and path of options and configuration. */
export interface ActivatedSocket {
  readonly method: string;
  readonly path: string;
}

/**
 * The socket that this process was started with, if it was. The variables are taken out of the environment: they are not meant for
 * the agent's children.
 * @throws Error of one line if there is one that can't be served.
 */
export function activatedSocket(env: NodeJS.ProcessEnv = process.env): ActivatedSocket | undefined {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = env;
  delete env.LISTEN_PID;
  delete env.LISTEN_FDS;
  delete env.LISTEN_FDNAMES;
  if (pid === undefined || count === undefined || Number(pid) !== process.pid || Number(count) < 1) return undefined;
  if (Number(count) !== 1) throw new Error(`lodger only supports listening on one socket, and was started with ${count}`);
  const own = ownProcess();
  own.setCloseOnExec(FIRST_FD);
  return { method: methodOf(own.socketFamily(FIRST_FD)), path: `/dev/fd/${FIRST_FD}` };
}

function methodOf(family: ReturnType<OwnProcess["socketFamily"]>): string {
  switch (family) {
    case "unix":
      return "unix-listen";
    case "vsock":
      return "vsock-listen";
    case "tcp":
      throw new Error("the socket that the agent was started with is a TCP one, which everybody can reach; use -m tcp-listen for TLS");
    default:
      throw new Error(`the socket that the agent was started with has a family (${family}) that can't be served`);
  }
}
