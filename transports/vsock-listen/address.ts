/** CID:PORT, in decimal, as qemu-ga has it. */
import type { VsockAddress } from "../../core/plugin.ts";

/** Of a CID any address of this machine; of a port one that nobody would know. */
const ANY = 4_294_967_295;

/** @throws Error for anything but `CID:PORT`. */
export function parseAddress(text: string): VsockAddress {
  const match = /^(\d+):(\d+)$/.exec(text);
  if (match === null) throw new Error(`'${text}' is not CID:PORT; ${ANY}:1024 is port 1024 of whatever CID this machine has`);
  const [cid, port] = [Number(match[1]), Number(match[2])];
  if (cid > ANY) throw new Error(`the CID ${match[1]} is above ${ANY}, which stands for whatever CID this machine has`);
  if (port >= ANY) throw new Error(`the port ${match[2]} is above ${ANY - 1}`);
  return { cid, port };
}
