/** The file of a unix socket: who may be in its way, and how it is made so that nobody else ever could connect. */
import { existsSync, lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";

/** sun_path of Linux, without the zero at its end. */
const PATH_BYTES = 107;

/** Clients have everything that root has: the socket is made with mode 0600, not changed to it afterwards. */
const UMASK = 0o177;

/** @throws Error that says what is in the way. A socket that nobody listens on any more is removed. */
export async function makeWay(path: string): Promise<void> {
  const length = Buffer.byteLength(path);
  if (length > PATH_BYTES) throw new Error(`the path of a unix socket has at most ${PATH_BYTES} bytes, and '${path}' has ${length}`);
  const directory = dirname(path);
  if (!existsSync(directory)) throw new Error(`the directory '${directory}' is not there`); // bind's own error would be EACCES
  const kind = lstatSync(path, { throwIfNoEntry: false });
  if (kind === undefined) return;
  if (!kind.isSocket()) throw new Error(`'${path}' is there and is no socket; remove it or choose another path`);
  const failure = await connectError(path);
  if (failure === undefined || failure === "EAGAIN") throw new Error(`another process listens on '${path}'; end it or choose another path`);
  if (failure === "ENOENT") return; // gone meanwhile
  if (failure !== "ECONNREFUSED") throw new Error(`'${path}' is there and can't be asked whether anybody listens: ${failure}`);
  unlinkSync(path);
}

/** Runs a synchronous bind under the narrow umask. */
export function privately(bind: () => void): void {
  const before = process.umask(UMASK);
  try {
    bind();
  } finally {
    process.umask(before);
  }
}

function connectError(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
