// The measuring client: requests are encoded beforehand and answers are only counted, so that what is measured is the agent.
// "Client alone" in every run shows what it reaches against a peer that does nothing.
import { closeSocket, connectUnix, limitWaiting, receive, sendAll } from "./blocking-socket.ts";

const NEWLINE = 10;
const PATIENCE_SECONDS = 60;

/** Big enough to empty a default socket buffer in one call, small enough to stay in the second level cache. */
const INBOX_BYTES = 256 * 1024;

export interface Client {
  /** Writes all of it; blocks while the agent doesn't read. */
  send(bytes: Buffer): void;
  /** Waits for exactly this many bytes of answers, the last of which ends a line, and throws them away. */
  skip(bytes: number): void;
  /** Throws away one answer line of unknown length, which nothing follows; its length with the newline. */
  skipLine(): number;
  /** Sends, and waits for one whole answer line: for everything outside of the measured loops. */
  ask(request: Buffer | string): string;
  close(): void;
}

/** undefined while nobody listens there. */
export function connectClient(path: string): Client | undefined {
  const fd = connectUnix(path);
  if (fd === undefined) return undefined;
  limitWaiting(fd, PATIENCE_SECONDS);

  const inbox = Buffer.alloc(INBOX_BYTES);
  let filled = 0; // what the last read put into the inbox
  let ahead = 0; // how much of that belongs to answers not yet waited for (pipelining)

  function fill(): void {
    filled = receive(fd ?? -1, inbox);
    if (filled === 0) throw new Error("the agent closed the connection");
  }

  function lines(take: (chunk: Buffer) => void): void {
    if (ahead > 0) throw new Error("an answer came that nobody asked for");
    do {
      fill();
      take(inbox.subarray(0, filled));
    } while (inbox[filled - 1] !== NEWLINE);
  }

  return {
    send: (bytes) => sendAll(fd, bytes),

    skip(bytes) {
      let missing = bytes - ahead;
      while (missing > 0) {
        fill();
        missing -= filled;
      }
      ahead = -missing;
      if (inbox[filled - ahead - 1] !== NEWLINE) {
        throw new Error(`an answer differs in length from the one looked at before: ${inbox.toString("latin1", 0, Math.min(filled, 200))}`);
      }
    },

    skipLine() {
      let length = 0;
      lines((chunk) => {
        length += chunk.length;
      });
      return length;
    },

    ask(request) {
      sendAll(fd, typeof request === "string" ? Buffer.from(request) : request);
      const parts: string[] = [];
      lines((chunk) => parts.push(chunk.toString("latin1")));
      return parts.join("").slice(0, -1);
    },

    close: () => closeSocket(fd),
  };
}
