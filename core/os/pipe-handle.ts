/**
 * Node's own handle for pipes: it takes any descriptor that epoll takes, also of devices and of sockets that Node's constructors refuse.
 * It is internal: where it is missing or refuses, undefined says so, and the descriptor is as it was.
 */

/** What Node keeps under a stream. */
export interface StreamHandle {
  readonly fd: number;
  useUserBuffer(buffer: Uint8Array): void;
  close(): void;
}

/** What Node keeps under a server. */
export interface ServerHandle {
  readonly fd: number;
  /** @param status 0, or a negative errno; then there is no client. */
  onconnection: ((status: number, client: StreamHandle | undefined) => void) | undefined;
  /** @returns 0, or a negative errno. */
  listen(backlog: number): number;
  close(): void;
}

interface PipeWrap {
  readonly Pipe: new (type: number) => StreamHandle & ServerHandle & { open(fd: number): number | undefined };
  readonly constants: { readonly SOCKET: number; readonly SERVER: number };
}

/** @param fd belongs to the handle from here on. */
export function streamHandle(fd: number): StreamHandle | undefined {
  return handle(fd, "SOCKET");
}

/** @param fd of a bound socket that accepts clients; belongs to the handle from here on. */
export function serverHandle(fd: number): ServerHandle | undefined {
  return handle(fd, "SERVER");
}

function handle(fd: number, type: "SOCKET" | "SERVER"): (StreamHandle & ServerHandle) | undefined {
  try {
    const { Pipe, constants } = (process as unknown as { binding(name: string): unknown }).binding("pipe_wrap") as PipeWrap;
    const made = new Pipe(constants[type]);
    if (typeof made.useUserBuffer !== "function") return undefined;
    return (made.open(fd) ?? 0) === 0 ? made : undefined;
  } catch {
    return undefined;
  }
}
