/** What holds for the plan of any system, real or absurd. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BlockDevice, BlockTable, Mount } from "../../../core/plugin.ts";
import { planFreeze } from "../../../plugins/fsfreeze/plan-freeze.ts";
import type { Plan } from "../../../plugins/fsfreeze/plan-types.ts";

const RUNS = { numRuns: 300 };

function everyMountIn({ freeze, leftOut }: Plan): number[] {
  return [...freeze.flatMap(({ mountPoints }) => mountPoints.map(({ id }) => id)), ...leftOut.map(({ id }) => id)].sort((a, b) => a - b);
}

// Few names, so that they meet.
const PATHS = ["/", "/a", "/a/b", "/a/b/c", "/d", "/d/", "//", "", "a", "/a (deleted)", "/dev/sda1", "/dev/mapper/vg", "/a/\n"];
const DEVICES = ["8:1", "8:2", "7:0", "7:1", "7:2", "253:0", "253:1", "0:5", "x", ""];
const path = fc.oneof(fc.constantFrom(...PATHS), fc.string());
const device = fc.constantFrom(...DEVICES);

const anyMount = fc.record(
  {
    parent: fc.nat(),
    major: fc.constantFrom(0, 7, 8, 253),
    minor: fc.nat(2),
    root: path,
    mountPoint: path,
    type: fc.oneof(fc.constantFrom("ext4", "btrfs", "overlay", "ecryptfs", "bcachefs", "squashfs", "tmpfs", "autofs"), fc.string()),
    source: path,
    upperDirectory: path,
  },
  { requiredKeys: ["parent", "major", "minor", "root", "mountPoint", "type", "source"] },
);
const anyDevice = fc.record(
  { device, name: fc.constantFrom("sda1", "loop0", ""), liesOn: fc.array(device), alias: fc.constantFrom("vg", ""), backingFile: path },
  { requiredKeys: ["device", "name", "liesOn"] },
);
const absurd = fc.record({
  mounts: fc.array(anyMount, { maxLength: 20 }).map((mounts) => mounts.map((mount, id): Mount => ({ ...mount, id }))),
  table: fc.record({ devices: fc.array(anyDevice, { maxLength: 12 }), btrfs: fc.array(fc.array(device), { maxLength: 3 }) }),
  wishes: fc.record(
    { only: fc.array(path), exclude: fc.array(fc.oneof(path, fc.constantFrom("*", "**", "/*", "/a/**", "?", "[", "(", "\\"))) },
    { requiredKeys: [] },
  ),
});

describe("the plan of absurd tables", () => {
  it("has every mount in exactly one place", () => {
    const property = fc.property(absurd, ({ mounts, table, wishes }) => {
      expect(everyMountIn(planFreeze(mounts, table, wishes))).toEqual(mounts.map(({ id }) => id));
    });
    fc.assert(property, RUNS);
  });

  it("changes nothing it is made from, and is the same when it is made again", () => {
    const property = fc.property(absurd, ({ mounts, table, wishes }) => {
      const before = structuredClone({ mounts, table, wishes });
      const plan = planFreeze(mounts, table, wishes);
      expect(planFreeze(mounts, table, wishes)).toEqual(plan);
      expect({ mounts, table, wishes }).toEqual(before);
    });
    fc.assert(property, RUNS);
  });
});

interface Built {
  /** In the order of mounting. */
  readonly mounts: readonly Mount[];
  readonly table: BlockTable;
  /** By mount point, the mount points of the file systems that hold its images. */
  readonly liesOn: ReadonlyMap<string, readonly string[]>;
}

/** One more file system: the images that it lies on (each on one of the file systems so far, by number), and where it is mounted. */
interface Step {
  readonly images: readonly number[];
  readonly below: number;
  readonly layers: number;
  readonly kind: "ext4" | "xfs" | "btrfs" | "squashfs" | "tmpfs";
}

const step: fc.Arbitrary<Step> = fc.record({
  images: fc.array(fc.nat(100), { maxLength: 3 }),
  below: fc.nat(100),
  layers: fc.nat(3),
  kind: fc.constantFrom("ext4", "ext4", "xfs", "btrfs", "squashfs", "tmpfs"),
});

/** Mounts one file system after the other as a system does it, each at a place of its own. */
function build(steps: readonly Step[]): Built {
  const mounts: Mount[] = [{ id: 1, parent: 0, major: 8, minor: 0, root: "/", mountPoint: "/", type: "ext4", source: "/dev/sda" }];
  const devices: BlockDevice[] = [{ device: "8:0", name: "sda", liesOn: [] }];
  const btrfs: string[][] = [];
  const liesOn = new Map<string, string[]>();
  const make = (major: number, name: string, liesOn: readonly string[], backingFile?: string): string => {
    const device = `${major}:${devices.length}`;
    devices.push({ device, name: `${name}${devices.length}`, liesOn, ...(backingFile === undefined ? {} : { backingFile }) });
    return device;
  };
  for (const [index, { images, below, layers, kind }] of steps.entries()) {
    const at = (number: number) => mounts[number % mounts.length]?.mountPoint ?? "/";
    const within = (folder: string, name: string) => `${folder === "/" ? "" : folder}/${name}`;
    const mountPoint = within(at(below), `m${index}`);
    const common = { id: index + 2, parent: 1, root: "/", mountPoint, type: kind };
    if (kind === "tmpfs") {
      mounts.push({ ...common, major: 0, minor: index, source: "tmpfs" });
      continue;
    }
    const loops = images.map((number, image) => make(7, "loop", [], within(at(number), `${index}-${image}.img`)));
    let top = loops.length === 0 ? [make(8, "sd", [])] : loops;
    if (kind !== "btrfs" && top.length > 1) top = [make(9, "md", top)];
    for (let layer = 0; layer < layers; layer++) top = top.map((beneath) => make(253, "dm-", [beneath]));
    if (kind === "btrfs") btrfs.push(top);
    const [device = ""] = top;
    const [major = 0, minor = 0] = device.split(":").map(Number);
    liesOn.set(mountPoint, images.map(at));
    mounts.push({ ...common, major, minor, source: "somewhere" });
  }
  return { mounts, table: { devices, btrfs }, liesOn };
}

const built = fc.array(step, { maxLength: 15 }).map(build);
const choice = fc.array(fc.nat(), { minLength: 16, maxLength: 16 });

/** Both mount points: the first has to freeze before the second. */
function violations({ freeze }: Plan, { liesOn }: Built): string[] {
  const order = new Map(freeze.map(({ mountPoints }, index) => [mountPoints[0]?.mountPoint ?? "", index]));
  const holders = (mountPoint: string): string[] => (liesOn.get(mountPoint) ?? []).flatMap((holder) => [holder, ...holders(holder)]);
  return [...order].flatMap(([mountPoint, place]) =>
    [...new Set(holders(mountPoint))]
      .filter((holder) => (order.get(holder) ?? place) < place)
      .map((holder) => `${mountPoint} on ${holder}`),
  );
}

describe("the plan of a system that was set up step by step", () => {
  it("freezes no holder before what lies on it", () => {
    fc.assert(
      fc.property(built, (system) => {
        expect(violations(planFreeze(system.mounts, system.table), system)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("does so whatever order the lists have, and whatever is excluded", () => {
    const property = fc.property(built, choice, fc.func(fc.boolean()), (system, keys, excluded) => {
      const [root, ...others] = system.mounts;
      const shuffled = others.map((mount, index) => ({ mount, key: keys[index] ?? 0 })).sort((a, b) => a.key - b.key);
      const mounts = [...(root === undefined ? [] : [root]), ...shuffled.map(({ mount }) => mount)];
      const exclude = mounts.map(({ mountPoint }) => mountPoint).filter((mountPoint) => excluded(mountPoint));
      expect(violations(planFreeze(mounts, system.table, { exclude }), system)).toEqual([]);
    });
    fc.assert(property, RUNS);
  });

  it("is the same whatever order the table of devices has", () => {
    const property = fc.property(
      built.chain((system) =>
        fc.record({
          system: fc.constant(system),
          devices: fc.shuffledSubarray([...system.table.devices], { minLength: system.table.devices.length }),
          btrfs: fc.shuffledSubarray([...system.table.btrfs], { minLength: system.table.btrfs.length }),
        }),
      ),
      ({ system, devices, btrfs }) => {
        const table = {
          devices: devices.map((device) => ({ ...device, liesOn: device.liesOn.toReversed() })),
          btrfs: btrfs.map((members) => members.toReversed()),
        };
        expect(planFreeze(system.mounts, table)).toEqual(planFreeze(system.mounts, system.table));
      },
    );
    fc.assert(property, RUNS);
  });

  it("is the reverse order of mounting where nothing lies on an image", () => {
    const property = fc.property(
      fc
        .array(
          step.map((one) => ({ ...one, images: [] })),
          { maxLength: 15 },
        )
        .map(build),
      ({ mounts, table }) => {
        const frozen = mounts.filter(({ type }) => type !== "tmpfs" && type !== "squashfs").map(({ id }) => id);
        expect(planFreeze(mounts, table).freeze.map(({ mountPoints }) => mountPoints[0]?.id)).toEqual(frozen.reverse());
      },
    );
    fc.assert(property, RUNS);
  });
});

describe("a large table", () => {
  const COUNT = 10_000;
  const kinds: readonly ((index: number) => Partial<Mount>)[] = [
    (index) => ({ major: 7, minor: index, type: "squashfs", mountPoint: `/snap/s${index}/1` }),
    (index) => ({
      major: 0,
      minor: index,
      type: "overlay",
      mountPoint: `/docker/${index}/merged`,
      upperDirectory: `/docker/${index}/diff`,
    }),
    (index) => ({ major: 7, minor: index, type: "ext4", mountPoint: `/images/m${index}` }),
    (index) => ({ major: 8, minor: 1, root: `/pods/${index}`, mountPoint: `/var/lib/kubelet/pods/${index}/volumes/conf` }),
    (index) => ({ major: 0, minor: index, type: "tmpfs", mountPoint: `/docker/${index}/shm` }),
  ];
  const mounts = Array.from({ length: COUNT }, (_, index): Mount => {
    const mount = { id: index, parent: 1, major: 8, minor: 1, root: "/", mountPoint: "/", type: "ext4", source: "none" };
    return index === 0 ? mount : { ...mount, ...kinds[index % kinds.length]?.(index) };
  });

  const loops = (file: (index: number) => string): BlockTable => ({
    devices: mounts.flatMap(({ major, minor }, index) =>
      major === 7 ? [{ device: `7:${minor}`, name: `loop${minor}`, liesOn: [], backingFile: file(index) }] : [],
    ),
    btrfs: [],
  });

  it.each<[string, BlockTable]>([
    ["of snaps, containers and images", loops((index) => (index % 2 === 0 ? `/docker/${index - 1}/merged/a.img` : `/snaps/${index}.snap`))],
    ["of images in images, thousands deep", loops((index) => `/images/m${index - 5}/a.img`)],
    ["of images that lie in a circle", loops((index) => `/images/m${(index % COUNT) + 5}/a.img`)],
  ])("%s is planned in well under 100 ms of the processor", (_, table) => {
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 5; run++) {
      const begun = process.threadCpuUsage();
      const plan = planFreeze(mounts, table, { exclude: ["/nowhere/**", "/images/m7/*", "/a"] });
      const { user, system } = process.threadCpuUsage(begun);
      best = Math.min(best, (user + system) / 1000);
      expect(plan.freeze).toHaveLength(2001);
    }
    expect(best).toBeLessThan(100);
  });
});
