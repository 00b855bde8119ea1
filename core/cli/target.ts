/** Where an agent is reached from outside of its guest, and the way there. */
import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { TlsSettings } from "../settings.ts";
import { CallError } from "./call-error.ts";

export type Target =
  | { readonly kind: "unix"; readonly path: string; readonly text: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly text: string }
  | { readonly kind: "vsock"; readonly cid: number; readonly port: number; readonly text: string }
  /** `path` is the unix socket by which a hypervisor offers its guest's vsock. */
  | { readonly kind: "vsock-proxy"; readonly path: string; readonly port: number; readonly text: string };

/**
 * `HOST:PORT` and `[IPV6]:PORT` are addresses, `vsock:` begins those of a vsock, all else is the path of a socket.
 * @throws CallError for a CID or a port out of range.
 */
export function parseTarget(text: string): Target {
  const [, v6, name, digits] = /^(?:\[([^\]/]+)\]|([^/:[\]]+)):(\d+)$/.exec(text) ?? [];
  const host = v6 ?? name;
  if (host === undefined) {
    if (text.startsWith("vsock:")) return parseVsock(text);
    if (text === "") throw new CallError("TARGET is empty: give the path of the guest's socket, or HOST:PORT");
    return { kind: "unix", path: text, text };
  }
  const port = Number(digits);
  if (port < 1 || port > 65535) throw new CallError(`'${text}' has no port from 1 to 65535`);
  return { kind: "tcp", host, port, text };
}

/** Nobody has the number itself: it stands for any. */
const ANY = 4_294_967_295;

function parseVsock(text: string): Target {
  const [, where = "", digits] = /^vsock:(.+):(\d+)$/.exec(text) ?? [];
  if (where === "") throw new CallError(`'${text}' is not vsock:CID:PORT, nor vsock:PATH:PORT for a hypervisor's socket`);
  const port = Number(digits);
  if (port >= ANY) throw new CallError(`'${text}' has no port from 0 to ${ANY - 1}`);
  if (!/^\d+$/.test(where)) return { kind: "vsock-proxy", path: where, port, text };
  const cid = Number(where);
  if (cid >= ANY) throw new CallError(`'${text}' has no CID from 0 to ${ANY - 1}`);
  return { kind: "vsock", cid, port, text };
}

/**
 * @param signal gives up; the reason is what the promise rejects with.
 * @throws CallError that says what to try.
 */
export async function connect(target: Target, tls: TlsSettings | undefined, signal: AbortSignal): Promise<Socket> {
  const socket = await open(target, tls).catch((error: unknown) => {
    throw connectionError(target, error);
  });
  const opened = target.kind === "tcp" && tls !== undefined ? "secureConnect" : "connect";
  const abort = () => socket.destroy(signal.reason instanceof Error ? signal.reason : new CallError("given up"));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  await new Promise<void>((resolve, reject) => {
    if (target.kind === "vsock") resolve();
    else socket.once(opened, resolve);
    // stays: an error without a listener would end the process, and who reads meets it again
    socket.on("error", (error) => reject(connectionError(target, error)));
    socket.once("close", () => reject(new CallError(`${target.text} closed the connection at once`)));
  });
  if (target.kind === "tcp") socket.setNoDelay(true);
  if (target.kind === "vsock-proxy") {
    const { openGuestPort } = await import("./vsock.ts");
    await openGuestPort(socket, target.port).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
  }
  return socket;
}

async function open(target: Target, tls: TlsSettings | undefined): Promise<Socket> {
  const net = await import("node:net");
  if (target.kind !== "tcp") {
    if (tls !== undefined)
      throw new CallError(`TLS needs HOST:PORT: leave --tls-cert, --tls-key and --tls-ca out for ${NAMES[target.kind]}`);
    if (target.kind === "vsock") return (await import("./vsock.ts")).connectVsock(target.cid, target.port);
    return net.connect({ path: target.path });
  }
  const { host, port } = target;
  if (tls === undefined) return net.connect({ host, port });
  const [{ connect: connectTls }, cert, key, ca] = await Promise.all([
    import("node:tls"),
    readPem("--tls-cert", tls.certificate),
    readPem("--tls-key", tls.key),
    readPem("--tls-ca", tls.authorities),
  ]);
  try {
    return connectTls({ host, port, cert, key, ca, ...(net.isIP(host) === 0 ? { servername: host } : {}) });
  } catch (error) {
    throw new CallError(`the TLS files can't be used: ${reasonOf(error)}; check that --tls-key belongs to --tls-cert`, { cause: error });
  }
}

const NAMES = { unix: "a unix socket", vsock: "a vsock", "vsock-proxy": "a vsock" } as const;

async function readPem(option: string, path: string): Promise<Buffer> {
  const { readFile } = await import("node:fs/promises");
  try {
    return await readFile(path);
  } catch (error) {
    throw new CallError(`${option}: cannot read '${path}': ${reasonOf(error)}`, { cause: error });
  }
}

/** A failure on the way, or of an open connection, as a line that says what to try. */
export function connectionError(target: Target, error: unknown): CallError {
  if (error instanceof CallError) return error;
  const code = codeOf(error);
  const advice = ADVICE[target.kind].get(code);
  const tlsAdvice = /SSL|TLS|CERT|ISSUER|SIGNATURE/.test(code) ? "check --tls-cert, --tls-key and --tls-ca on both sides" : undefined;
  const [reason, what] = [reasonOf(error), advice ?? tlsAdvice];
  return new CallError(`${target.text}: ${reason}${what === undefined ? "" : `; ${what}`}`, { cause: error });
}

const UNIX_ADVICE: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "is the guest running, and is this the path of its chardev's socket?"],
  ["ECONNREFUSED", "nobody listens there, or it is no socket: start the guest or the agent, or check the path"],
  ["EACCES", "try as root, or as the user that runs the guest"],
  ["EAGAIN", "too many others wait there: end them, an agent's socket serves one client at a time"],
  ["ENOTSOCK", "this is no socket: give the path of the guest's socket, or HOST:PORT"],
  ["EINVAL", "a socket's path has at most 107 bytes: use a shorter one, or change the folder"],
]);

const TCP_ADVICE: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "nobody listens there: is the agent running with --method=tcp-listen, and is this its port?"],
  ["ENOTFOUND", "check the name, or give the address"],
  ["EAI_AGAIN", "no name server answers: give the address"],
  ["ETIMEDOUT", "check the address, and that no firewall is in between"],
  ["EHOSTUNREACH", "check the address, and that the guest's network is up"],
  ["ENETUNREACH", "check the address, and that the guest's network is up"],
  ["ECONNRESET", "the other side hung up: does it expect TLS (--tls-cert, --tls-key, --tls-ca)?"],
]);

const VSOCK_ADVICE: ReadonlyMap<string, string> = new Map([
  ["EAFNOSUPPORT", "load the kernel's vsock: modprobe vhost_vsock on a host"],
  ["ENODEV", "no guest has that CID: check the CID of the guest's vsock device, and that the guest is running"],
  ["ETIMEDOUT", "check the CID of the guest's vsock device, and that the guest is running"],
  [
    "ECONNRESET",
    "nobody listens on that port: is the agent running with --method=vsock-listen, and may this machine connect (--vsock-peers)?",
  ],
  ["EPIPE", "the agent hung up: may this machine connect (--vsock-peers)?"],
]);

const VSOCK_PROXY_ADVICE: ReadonlyMap<string, string> = new Map([
  ...UNIX_ADVICE,
  ["ENOENT", "is the guest running, and is this the path of its vsock's socket?"],
]);

const ADVICE = { unix: UNIX_ADVICE, tcp: TCP_ADVICE, vsock: VSOCK_ADVICE, "vsock-proxy": VSOCK_PROXY_ADVICE } as const;

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file"],
  ["EACCES", "permission denied"],
  ["EISDIR", "it is a folder"],
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["ENOTFOUND", "no such host"],
  ["ETIMEDOUT", "connection timed out"],
  ["EHOSTUNREACH", "no route to the host"],
  ["ENETUNREACH", "network unreachable"],
  ["EINVAL", "not a valid address"],
]);

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function reasonOf(error: unknown): string {
  const known = REASONS.get(codeOf(error));
  if (known !== undefined) return known;
  // OpenSSL puts the words into `reason`, and a message of several fields around them
  if (error instanceof Error) return "reason" in error && typeof error.reason === "string" ? error.reason : error.message || codeOf(error);
  return String(error);
}
