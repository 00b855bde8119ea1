/** What the commands answer, as the interface has it. */
import { Type } from "../../core/plugin.ts";

export const BUS_TYPES = [
  "ide",
  "fdc",
  "scsi",
  "virtio",
  "xen",
  "usb",
  "uml",
  "sata",
  "sd",
  "unknown",
  "ieee1394",
  "ssa",
  "fibre",
  "raid",
  "iscsi",
  "sas",
  "mmc",
  "virtual",
  "file-backed-virtual",
  "nvme",
] as const;

const Address = Type.Object({
  "pci-controller": Type.Object(
    { domain: Type.Int64(), bus: Type.Int64(), slot: Type.Int64(), function: Type.Int64() },
    { description: "All are -1 where it isn't known, or the controller is not on PCI." },
  ),
  "bus-type": Type.Enum(BUS_TYPES),
  bus: Type.Int64({ description: "Channel of the controller." }),
  target: Type.Int64({ description: "Of SCSI." }),
  unit: Type.Int64({ description: "Logical unit, or port of SATA, or place on an IDE channel." }),
  serial: Type.Optional(Type.String({ description: "As udev has it, with the maker's and the model's names." })),
  dev: Type.Optional(Type.String({ description: 'Path of the device, or of the partition, for instance "/dev/sda1".' })),
  "ccw-address": Type.Optional(
    Type.Object(
      { cssid: Type.Int64(), ssid: Type.Int64(), subchno: Type.Int64(), devno: Type.Int64() },
      { description: "Of the channel subsystem of s390." },
    ),
  ),
});

/** What an NVMe disk says of its health; every counter is a pair of 64 bits each. */
const Health = Type.Object({
  type: Type.Literal("nvme"),
  "critical-warning": Type.Int64({ description: "A bit for each kind, as the NVMe specification has them." }),
  temperature: Type.Int64({ description: "In kelvin." }),
  "available-spare": Type.Int64({ description: "In percent." }),
  "available-spare-threshold": Type.Int64({ description: "In percent." }),
  "percentage-used": Type.Int64({ description: "Of the life that the maker expects; can exceed 100." }),
  "data-units-read-lo": Type.Int64({ description: "In units of 512,000 bytes; the lower 64 bits of 128, as all of these pairs." }),
  "data-units-read-hi": Type.Int64(),
  "data-units-written-lo": Type.Int64(),
  "data-units-written-hi": Type.Int64(),
  "host-read-commands-lo": Type.Int64(),
  "host-read-commands-hi": Type.Int64(),
  "host-write-commands-lo": Type.Int64(),
  "host-write-commands-hi": Type.Int64(),
  "controller-busy-time-lo": Type.Int64({ description: "In minutes." }),
  "controller-busy-time-hi": Type.Int64(),
  "power-cycles-lo": Type.Int64(),
  "power-cycles-hi": Type.Int64(),
  "power-on-hours-lo": Type.Int64(),
  "power-on-hours-hi": Type.Int64(),
  "unsafe-shutdowns-lo": Type.Int64(),
  "unsafe-shutdowns-hi": Type.Int64(),
  "media-errors-lo": Type.Int64(),
  "media-errors-hi": Type.Int64(),
  "number-of-error-log-entries-lo": Type.Int64(),
  "number-of-error-log-entries-hi": Type.Int64(),
});

export const DiskType = Type.Object({
  name: Type.String({ description: 'Path of the device, for instance "/dev/sda".' }),
  partition: Type.Boolean(),
  dependencies: Type.Array(Type.String(), {
    description: "Paths of what it is made of: the disk of a partition, the disks of a virtual disk.",
  }),
  address: Type.Optional(Address),
  alias: Type.Optional(Type.String({ description: "Its name in the device mapper." })),
  smart: Type.Optional(Health),
});

export const FileSystemType = Type.Object({
  name: Type.String({ description: 'The device, for instance "sda1".' }),
  mountpoint: Type.String(),
  type: Type.String({ description: 'For instance "ext4".' }),
  "used-bytes": Type.Optional(Type.Int64({ description: "Missing, as all sizes, if the file system doesn't answer." })),
  "total-bytes": Type.Optional(Type.Int64({ description: "Used, and free for ordinary users." })),
  "total-bytes-privileged": Type.Optional(Type.Int64({ description: "Also what is kept for root." })),
  disk: Type.Array(Address, { description: "All disks that it lies on; empty where there are only virtual ones." }),
});

export const TrimmedPath = Type.Object({
  path: Type.String({ description: "Where the file system is mounted." }),
  trimmed: Type.Optional(Type.Int64({ description: "Bytes that the device was told to be unused." })),
  minimum: Type.Optional(Type.Int64({ description: "The shortest range that was looked at, as the kernel has it." })),
  error: Type.Optional(Type.String({ description: "Why it was not trimmed." })),
});

const counter = (description?: string) => Type.Optional(Type.Int64(description === undefined ? {} : { description }));

export const DiskStats = Type.Object({
  name: Type.String(),
  major: Type.Int64(),
  minor: Type.Int64(),
  stats: Type.Object(
    {
      "read-ios": counter(),
      "read-merges": counter(),
      "read-sectors": counter("Of 512 bytes, whatever the disk's are."),
      "read-ticks": counter("Milliseconds, as all ticks."),
      "write-ios": counter(),
      "write-merges": counter(),
      "write-sectors": counter(),
      "write-ticks": counter(),
      "discard-ios": counter(),
      "discard-merges": counter(),
      "discard-sectors": counter(),
      "discard-ticks": counter(),
      "flush-ios": counter(),
      "flush-ticks": counter(),
      "ios-pgr": counter("Requests under way now."),
      "total-ticks": counter("Time in which at least one request was under way."),
      "weight-ticks": counter("The times of all requests together."),
    },
    { description: "What the kernel counts; an old one counts less." },
  ),
});
