/** A plan as the wire has it. */
import { type Static, Type } from "../../core/plugin.ts";
import type { Plan } from "./plan-types.ts";

const Planned = Type.Object({
  device: Type.String({ description: '"MAJOR:MINOR" of the block device' }),
  name: Type.Optional(Type.String({ description: 'the device\'s name in /dev, for instance "dm-0"' })),
  source: Type.String({ description: "what was mounted, as it was named" }),
  type: Type.String({ description: 'for instance "ext4"' }),
  mountpoints: Type.Array(Type.String(), { description: "all of them, in the order of mounting" }),
  why: Type.String({ description: "in words, why it stands where it does in the order" }),
});

const LeftOut = Type.Object({
  mountpoint: Type.String(),
  type: Type.String(),
  source: Type.String(),
  reason: Type.String({ description: "in words" }),
});

export const PlanAnswer = Type.Object({
  freeze: Type.Array(Planned, { description: "in the order of freezing" }),
  "left-out": Type.Array(LeftOut, { description: "every other mount" }),
});

export function planAnswer({ freeze, leftOut }: Plan): Static<typeof PlanAnswer> {
  return {
    freeze: freeze.map(({ mountPoints, ...rest }) => ({ ...rest, mountpoints: mountPoints.map(({ mountPoint }) => mountPoint) })),
    "left-out": leftOut.map(({ mountPoint, type, source, reason }) => ({ mountpoint: mountPoint, type, source, reason })),
  };
}
