/** The tables from which a freeze is planned: mounts, block devices and the wishes of client and admin, whatever sense they make. */
import { parseMountInfo } from "../../../core/os/linux/mounts.ts";
import type { BlockDevice } from "../../../core/plugin.ts";
import { planFreeze } from "../../../plugins/fsfreeze/plan-freeze.ts";
import { asText, holds, same } from "../engine/failure.ts";
import type { Target } from "../engine/target.ts";

const SEED = `1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 7:0 / /mnt rw - ext4 /dev/loop0 rw
3 1 253:0 / /srv rw - xfs /dev/mapper/vg-a rw
4 1 0:30 /@ /b rw - btrfs /dev/sdb rw
5 1 0:40 / /o rw - overlay overlay rw,upperdir=/srv/u
6 1 7:1 / /n rw - ext4 /dev/loop1 rw
device 8:0 sda
device 8:1 sda1 on 8:0
device 7:0 loop0 file /srv/a.img of 253:0
device 7:1 loop1 file /o/b.img
device 253:0 dm-0 alias vg-a on 8:16
btrfs 8:16 8:32
exclude /n/**
only /mnt
`;

export const PLAN: Target = {
  name: "freeze-plan",
  covers: ["plugins/fsfreeze/plan-"],
  seeds: [
    SEED,
    SEED.replace("only /mnt\n", ""),
    "1 0 7:0 / /a rw - ext4 /dev/loop0 rw\n2 0 7:1 / /b rw - ext4 /dev/loop1 rw\ndevice 7:0 loop0 file /b/x of 7:1\ndevice 7:1 loop1 file /a/x of 7:0\n",
  ],
  words: [
    ...SEED.split("\n").map((line) => `${line}\n`),
    "7:0",
    "7:1",
    "8:1",
    "/",
    "/mnt",
    "*",
    "**",
    "?",
    " (deleted)",
    "\\040",
    "nfs",
    "fuse.x",
    "bcachefs",
    "only ",
    "exclude ",
  ],
  bounded: 2000,
  run(input) {
    const lines = input.toString("utf8").split("\n");
    const mounts = parseMountInfo(lines.join("\n"));
    const fields = (word: string) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
    const devices = fields("device").map(deviceOf);
    const btrfs = fields("btrfs").map((line) => line.split(" "));
    const only = fields("only");
    const exclude = fields("exclude");
    const wishes = { exclude, ...(only.length > 0 && { only }) };
    const plan = planFreeze(mounts, { devices, btrfs }, wishes);
    same(planFreeze(mounts, { devices, btrfs }, wishes), plan, "the same tables make the same plan");
    const places = [...plan.freeze.flatMap(({ mountPoints }) => mountPoints), ...plan.leftOut].map(
      ({ id, mountPoint }) => `${id} ${mountPoint}`,
    );
    same(places.sort(), mounts.map(({ id, mountPoint }) => `${id} ${mountPoint}`).sort(), "each mount is planned or left out");
    for (const { mountPoints } of plan.freeze) {
      const named = mountPoints.find(
        ({ mountPoint }) => exclude.includes(mountPoint) && mountPoint.startsWith("/") && !/\/\/|.\/$/.test(mountPoint),
      );
      holds(named === undefined, "what the admin excludes by its path never freezes", () => asText(named));
    }
    for (const [index, upper] of plan.freeze.entries()) {
      const loop = devices.findLast(({ device }) => device === upper.device);
      const holder = plan.freeze.findIndex(({ device }) => device === loop?.backingDevice);
      const sure =
        loop?.backingFile !== undefined &&
        !devices.some(({ name, alias }) => [`/dev/${name}`, `/dev/mapper/${alias}`].includes(loop.backingFile ?? ""));
      if (!sure || holder < 0 || holder >= index || upper.why.includes("lie on each other")) continue;
      holds(false, "what lies on an image freezes before what holds the image", () => asText(plan));
    }
    return `${plan.freeze.length} ${new Set(plan.leftOut.map(({ reason }) => reason.slice(0, 12))).size}`;
  },
};

/** "7:0 loop0 on 8:0 alias x file /a of 8:1" */
function deviceOf(line: string): BlockDevice {
  const [device = "", name = "", ...rest] = line.split(" ");
  const after = (word: string) => rest.flatMap((each, index) => (rest[index - 1] === word ? [each] : []));
  const [alias] = after("alias");
  const [backingFile] = after("file");
  const [backingDevice] = after("of");
  return {
    device,
    name,
    liesOn: after("on"),
    ...(alias && { alias }),
    ...(backingFile && { backingFile }),
    ...(backingDevice && { backingDevice }),
  };
}
