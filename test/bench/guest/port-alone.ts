// What the port itself carries, with dd and head at its other end: the ceiling of every figure of a file through it.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Machine } from "../../guest/machine.ts";
import { PluggedDevices } from "../../guest/plugged-devices.ts";
import { closeSocket, connectUnix, limitWaiting, receive, sendAll } from "../blocking-socket.ts";
import { type Line, megabytesPerSecond, microseconds } from "../line.ts";
import { median } from "../rounds.ts";

const BYTES = 64 * 1048576;
const ROUND_TRIPS = 500;
const PATIENCE_SECONDS = 60;
const NAME = "alone";

type Measure = (fd: number) => number;

const buffer = Buffer.alloc(256 * 1024);

/** @param rounds the median of which counts. */
export async function portAlone(machine: Machine, rounds: number): Promise<Line[]> {
  await new PluggedDevices(machine).port(NAME);
  const socket = join(machine.disks.folder, `${NAME}.sock`);
  const line = async (what: string, program: string, measure: Measure, write: (figure: number) => string): Promise<Line> => {
    const figures: number[] = [];
    for (let round = 0; round < rounds; round++) figures.push(await withProgram(machine, socket, program, measure));
    return { what: `port alone, ${what}`, budget: "", ours: write(median(figures)), theirs: "", ratio: "", met: undefined };
  };
  return [
    await line(
      "guest to host, dd with 64 KiB a write (of the wire)",
      `dd if=/dev/zero bs=64k count=${BYTES / 65536}`,
      toHost,
      megabytesPerSecond,
    ),
    await line("host to guest, head (of the wire)", `head -c ${BYTES} >/dev/null; echo`, toGuest, megabytesPerSecond),
    await line("round trip to dd, median", `dd bs=4096 count=${ROUND_TRIPS}`, roundTrip, microseconds),
  ];
}

/** @param program runs in the guest with the port as its standard input and output, after a line that says so. */
async function withProgram(machine: Machine, socket: string, program: string, measure: Measure): Promise<number> {
  const fd = connectUnix(socket);
  if (fd === undefined) throw new Error(`QEMU does not listen on ${socket}`);
  try {
    limitWaiting(fd, PATIENCE_SECONDS);
    const ended = machine.shell.out(`(sleep 1; echo; ${program}) 2>/dev/null <>/dev/virtio-ports/${NAME} >&0`, PATIENCE_SECONDS);
    await sleep(200); // what follows blocks: the command has to leave before
    receive(fd, buffer);
    const figure = measure(fd);
    await ended;
    return figure;
  } finally {
    closeSocket(fd);
  }
}

function toHost(fd: number): number {
  let missing = BYTES - receive(fd, buffer);
  const from = performance.now();
  const timed = missing;
  while (missing > 0) missing -= receive(fd, buffer);
  return (timed * 1000) / (performance.now() - from);
}

function toGuest(fd: number): number {
  const from = performance.now();
  for (let sent = 0; sent < BYTES; sent += buffer.length) sendAll(fd, buffer);
  receive(fd, buffer);
  return (BYTES * 1000) / (performance.now() - from);
}

function roundTrip(fd: number): number {
  const ping = Buffer.alloc(25, "ping");
  const taken = Array.from({ length: ROUND_TRIPS }, () => {
    const from = performance.now();
    sendAll(fd, ping);
    receive(fd, buffer);
    return (performance.now() - from) * 1000;
  });
  return median(taken);
}
