// The other end for "client alone": moves bytes and does nothing else. `node quiet-peer.ts SOCKET`
// A line that starts with a number asks for that many bytes of answer, any other line is answered with "ok".
import { acceptOnUnix, receive, sendAll } from "./blocking-socket.ts";

const NEWLINE = 10;
const path = process.argv[2];
if (path === undefined) throw new Error("quiet-peer.ts SOCKET");

const fd = acceptOnUnix(path);
const inbox = Buffer.alloc(256 * 1024);
const ok = Buffer.from("ok\n");
let wanted: Buffer = ok;
let atLineStart = true;

for (;;) {
  const got = receive(fd, inbox);
  if (got === 0) break;
  if (atLineStart) wanted = answerTo(inbox.toString("latin1", 0, Math.min(got, 12)));
  atLineStart = inbox[got - 1] === NEWLINE;
  if (atLineStart) sendAll(fd, wanted);
}

function answerTo(start: string): Buffer {
  const bytes = Number.parseInt(start, 10);
  if (Number.isNaN(bytes)) return ok;
  return bytes === wanted.length ? wanted : Buffer.alloc(bytes, "x").fill("\n", bytes - 1);
}
