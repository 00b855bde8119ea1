/** What ours does otherwise on purpose where it tells about the system. */
import type { Compared, Difference } from "./difference.ts";

function compared(where: string, sent: string, theirs: readonly string[], ours: readonly string[]): Compared {
  return { where, sent, generation: "current", theirs, ours };
}

function error(text: string): string {
  return `{"error": {"class": "GenericError", "desc": "${text}"}}`;
}

/** The items of a list of flat objects, as their text. */
function items(line = ""): string[] {
  return line.match(/\{"can-offline"[^{}]*\}/g) ?? [];
}

const number = (member: string) => (item: string) => Number(new RegExp(`"${member}": (\\d+)`).exec(item)?.[1] ?? Number.NaN);

/** @returns whether both have the same items, and ours in the order of this member. */
function sortedBy(member: string, { theirs, ours }: Pick<Compared, "theirs" | "ours">): boolean {
  const [others, mine] = [items(theirs[0]), items(ours[0])];
  const numbers = mine.map(number(member));
  return (
    mine.length > 0 &&
    theirs.length === ours.length &&
    [...others].sort().join() === [...mine].sort().join() &&
    numbers.every((each, index) => index === 0 || each > (numbers[index - 1] ?? 0))
  );
}

/** A signed number of 32 bits as the same bits without a sign, whatever it was extended to. */
const unsigned = (text: string) => BigInt.asUintN(32, BigInt(text)).toString();
const UNSIGNED_ROUTE = /(?<="(?:metric|flags|irtt|window|use|refcnt|mtu)": )-?\d+/g;

const RETURNS_NOTHING = '{"return": []}';

export const OF_SYSTEMS: readonly Difference[] = [
  {
    id: "processors and memory blocks in order",
    what: "Processors and memory blocks are sorted by their number.",
    why: "The reference has them in the order in which the kernel's folders happen to be read.",
    matches: ({ sent, theirs, ours }) =>
      (sent.includes('"guest-get-vcpus"') && sortedBy("logical-id", { theirs, ours })) ||
      (sent.includes('"guest-get-memory-blocks"') && sortedBy("phys-index", { theirs, ours })),
    examples: {
      explained: compared(
        "x",
        '{"execute":"guest-get-vcpus"}',
        ['{"return": [{"can-offline": true, "logical-id": 10}, {"can-offline": true, "logical-id": 9}]}'],
        ['{"return": [{"can-offline": true, "logical-id": 9}, {"can-offline": true, "logical-id": 10}]}'],
      ),
      unexplained: compared(
        "x",
        '{"execute":"guest-get-vcpus"}',
        ['{"return": [{"can-offline": true, "logical-id": 9}, {"can-offline": true, "logical-id": 10}]}'],
        ['{"return": [{"can-offline": true, "logical-id": 10}, {"can-offline": true, "logical-id": 9}]}'],
      ),
    },
  },
  {
    id: "what can be read of a malformed file",
    what: "Of a file or folder of the system that holds what no kernel or distribution writes, what can be read is returned.",
    why: "The reference stops at the first line that it can't read, or returns what is left in its variables from the line before.",
    matches: ({ where, theirs, ours }) =>
      where.startsWith("system: malformed ") && theirs.length === ours.length && /^\{"return": [[{]/.test(ours[0] ?? ""),
    examples: {
      explained: compared("system: malformed os-release, step 2", "", [RETURNS_NOTHING], ['{"return": [1]}']),
      unexplained: compared("system: malformed os-release, step 2", "", [RETURNS_NOTHING], [error("x")]),
    },
  },
  {
    id: "no memory blocks",
    what: "Where the kernel has no memory blocks, the list is empty.",
    why: "The reference answers an error on a guest that is all right.",
    matches: ({ sent, theirs, ours }) =>
      sent.includes('"guest-get-memory-blocks"') &&
      theirs[0] === error("guest reported zero memory blocks!") &&
      ours[0] === RETURNS_NOTHING,
    examples: {
      explained: compared("x", '{"execute":"guest-get-memory-blocks"}', [error("guest reported zero memory blocks!")], [RETURNS_NOTHING]),
      unexplained: compared("x", '{"execute":"guest-get-memory-blocks"}', [error("guest reported zero memory blocks!")], [error("x")]),
    },
  },
  {
    id: "a block size that is no number",
    what: "A size of memory blocks that can't be read is an error.",
    why: "The reference returns 0 or what fits of it.",
    matches: ({ where, theirs, ours }) =>
      where.startsWith("system: malformed memory block size, ") &&
      theirs.length === ours.length &&
      ours[0] === error('sysfs file \\"block_size_bytes\\" has no hexadecimal number'),
    examples: {
      explained: compared(
        "system: malformed memory block size, step 2",
        "",
        ['{"return": {"size": 0}}'],
        [error('sysfs file \\"block_size_bytes\\" has no hexadecimal number')],
      ),
      unexplained: compared("system: malformed memory block size, step 2", "", ['{"return": {"size": 0}}'], [error("x")]),
    },
  },
  {
    id: "os-release in single quotes",
    what: "A value of os-release in single quotes is returned without them, and whole.",
    why: "The format is that of shell variables; the reference cuts at the first blank and keeps the quotes.",
    matches: ({ where, theirs, ours }) =>
      where.startsWith("system: os-release ") &&
      /"name": "'single'?"/.test(theirs[0] ?? "") &&
      /"name": "single(?: quoted)?"/.test(ours[0] ?? ""),
    examples: {
      explained: compared(
        "system: os-release by QGA_OS_RELEASE, step 33",
        "",
        ['{"return": {"name": "\'single"}}'],
        ['{"return": {"name": "single quoted"}}'],
      ),
      unexplained: compared(
        "system: os-release by QGA_OS_RELEASE, step 33",
        "",
        ['{"return": {"name": "\'single"}}'],
        ['{"return": {"name": "single\'"}}'],
      ),
    },
  },
  {
    id: "a TZ that names no zone",
    what: "Where the agent's TZ names no zone, the answer is what the C library makes of it.",
    why: "`date` and every other program say the same; the reference's library says UTC.",
    matches: ({ where, theirs, ours }) =>
      where.startsWith("system: no time zone TZ=") &&
      theirs[0] === '{"return": {"offset": 0, "zone": "UTC"}}' &&
      /^\{"return": \{"offset": \d+(?:, "zone": "[^"]*")?\}\}$/.test(ours[0] ?? ""),
    examples: {
      explained: compared(
        "system: no time zone TZ=garbage, step 1",
        "",
        ['{"return": {"offset": 0, "zone": "UTC"}}'],
        ['{"return": {"offset": 0, "zone": "garbage"}}'],
      ),
      unexplained: compared(
        "system: time zone TZ=garbage, step 1",
        "",
        ['{"return": {"offset": 0, "zone": "UTC"}}'],
        ['{"return": {"offset": 0, "zone": "garbage"}}'],
      ),
    },
  },
  {
    id: "nanoseconds",
    what: "guest-get-time returns what the clock has, to the nanosecond.",
    why: "The reference cuts after the microseconds, and fills up with zeros.",
    matches: ({ theirs, ours }) =>
      theirs.join("\n").replace('"<now, in microseconds>"', '"<now, in nanoseconds>"') === ours.join("\n") && ours.length > 0,
    examples: {
      explained: compared("x", "", ['{"return": "<now, in microseconds>"}'], ['{"return": "<now, in nanoseconds>"}']),
      unexplained: compared("x", "", ['{"return": "<now, in microseconds>"}'], ['{"return": 1}']),
    },
  },
  {
    id: "numbers of routes have no sign",
    what: "Metric, flags and the like of a route are the kernel's numbers without a sign: a metric of ffffffff is 4294967295.",
    why: "The reference makes negative numbers of them, and flags of 64 bits.",
    matches: ({ sent, theirs, ours }) =>
      sent.includes('"guest-network-get-route"') &&
      ours.length > 0 &&
      theirs.join("\n").replaceAll(UNSIGNED_ROUTE, unsigned) === ours.join("\n") &&
      theirs.join("\n") !== ours.join("\n"),
    examples: {
      explained: compared("x", '{"execute":"guest-network-get-route"}', ['{"metric": -1}'], ['{"metric": 4294967295}']),
      unexplained: compared("x", '{"execute":"guest-network-get-route"}', ['{"metric": -1}'], ['{"metric": -2}']),
    },
  },
  {
    id: "routes of one kind",
    what: "Where the kernel has no table of IPv6 (or IPv4) routes, the routes of the other kind are returned.",
    why: "The reference answers an error on every guest without IPv6, and dies where there is neither.",
    matches: ({ where, theirs, ours }) =>
      /^system: routes without /.test(where) &&
      (theirs[0]?.startsWith('{"error": {"class": "GenericError", "desc": "open(\\"/proc/net/') ?? false) &&
      (ours[0]?.startsWith('{"return": [') ?? false),
    examples: {
      explained: compared(
        "system: routes without IPv6, step 2",
        "",
        ['{"error": {"class": "GenericError", "desc": "open(\\"/proc/net/ipv6_route\\"): No such file or directory"}}'],
        [RETURNS_NOTHING],
      ),
      unexplained: compared("system: routes without IPv6, step 2", "", [RETURNS_NOTHING], [RETURNS_NOTHING]),
    },
  },
  {
    id: "counters of more than 32 bits",
    what: "All counters of a disk are exact.",
    why: "The reference reads three of them into 32 bits.",
    matches: ({ where, theirs, ours }) => {
      const narrow = (lines: readonly string[]) =>
        lines.join("\n").replaceAll(/(?<="(?:ios-pgr|total-ticks|weight-ticks)": )\d+/g, unsigned);
      return (
        where.startsWith("system: disk statistics, ") &&
        ours.length > 0 &&
        theirs.join("\n") !== ours.join("\n") &&
        theirs.join("\n") === narrow(ours)
      );
    },
    examples: {
      explained: compared("system: disk statistics, step 2", "", ['{"ios-pgr": 0}'], ['{"ios-pgr": 4294967296}']),
      unexplained: compared("system: disk statistics, step 2", "", ['{"read-ios": 0}'], ['{"read-ios": 4294967296}']),
    },
  },
  {
    id: "milliseconds of more than 64 bits",
    what: "Times of processors don't overflow.",
    why: "The reference multiplies before it divides.",
    matches: ({ where, theirs, ours }) => {
      const wide = (line = "") => line.replaceAll(/(?<=": )\d+(?=[,}])/g, (value) => (BigInt(value) > 10n ** 15n ? "<huge>" : value));
      return where.startsWith("system: processor statistics, ") && ours.length > 0 && wide(theirs.join("\n")) === wide(ours.join("\n"));
    },
    examples: {
      explained: compared("system: processor statistics, step 2", "", ['{"user": 184467440737095510}'], ['{"user": 18446744073709551610}']),
      unexplained: compared("system: processor statistics, step 2", "", ['{"user": 10}'], ['{"user": 20}']),
    },
  },
  {
    id: "targets of a SCSI controller",
    what: "The address of a disk on virtio-scsi has the number of its target.",
    why: "The reference has 0 in every one, so that two disks with different targets look the same.",
    matches: ({ sent, theirs, ours }) => {
      const targets = /(?<="bus-type": "scsi", [^}]*\}[^}]*"target": )\d+/g;
      return (
        /"guest-get-(?:disks|fsinfo)"/.test(sent) &&
        ours.length > 0 &&
        theirs.join("\n") !== ours.join("\n") &&
        theirs.join("\n") === ours.join("\n").replaceAll(targets, "0")
      );
    },
    examples: {
      explained: compared(
        "x",
        '{"execute":"guest-get-disks"}',
        ['{"bus-type": "scsi", "pci-controller": {"bus": 0}, "target": 0}'],
        ['{"bus-type": "scsi", "pci-controller": {"bus": 0}, "target": 3}'],
      ),
      unexplained: compared(
        "x",
        '{"execute":"guest-get-disks"}',
        ['{"bus-type": "sata", "pci-controller": {"bus": 0}, "target": 0}'],
        ['{"bus-type": "sata", "pci-controller": {"bus": 0}, "target": 3}'],
      ),
    },
  },
];
