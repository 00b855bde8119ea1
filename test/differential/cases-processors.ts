/** guest-*-vcpus and guest-*-memory-block*, on folders that look like sysfs. */
import type { Tree } from "./prepared.ts";
import type { Scenario, Step } from "./scenario.ts";
import { call } from "./steps.ts";

const CPU = "/sys/devices/system/cpu";
const MEMORY = "/sys/devices/system/memory";
const SAFE = "sysfs is a copy";

const getCpus = call("guest-get-vcpus");
/** @param vcpus id, or id and what is wanted. */
const setCpus = (...vcpus: readonly (readonly [id: number | string, online: boolean, more?: string])[]): Step =>
  call(
    "guest-set-vcpus",
    `{"vcpus":[${vcpus.map(([id, online, more = ""]) => `{"logical-id":${id},"online":${online}${more}}`).join(",")}]}`,
    SAFE,
  );

const FOUR: Tree = {
  "cpu0/topology/core_id": "0\n",
  "cpu1/online": "1\n",
  "cpu2/online": "0\n",
  "cpu3/online": "1\n",
  online: "0-1,3\n",
  possible: "0-3\n",
  "cpufreq/policy0/x": "",
  "cpuidle/current_driver": "none\n",
};

const CPU_TREES: Readonly<Record<string, Tree>> = {
  none: {},
  four: FOUR,
  "beyond nine": Object.fromEntries(Array.from({ length: 130 }, (_, n) => [`cpu${n}/online`, n % 3 === 0 ? "0\n" : "1\n"])),
};

/** What no kernel has. */
const MALFORMED_CPUS: Readonly<Record<string, Tree>> = {
  "odd names": {
    "cpu0/online": "1\n",
    "cpu/online": "1\n",
    "cpux/online": "1\n",
    "cpu1x/online": "1\n",
    "cpu-2/online": "1\n",
    "cpu 3/online": "1\n",
    "cpu+4/online": "1\n",
    "cpu007/online": "1\n",
    "CPU8/online": "1\n",
    "xcpu9/online": "1\n",
    "cpu4294967296/online": "1\n",
    "cpu9223372036854775807/online": "1\n",
    "cpu9223372036854775808/online": "1\n",
  },
};

const SETTINGS: readonly (readonly (readonly [id: number | string, online: boolean, more?: string])[])[] = [
  [],
  [[1, false]],
  [[1, false]],
  [[1, true]],
  [[0, true]],
  [[0, false]],
  [[7, true]],
  [[7, false]],
  [[-1, false]],
  [["9223372036854775807", true]],
  [["-9223372036854775808", true]],
  [
    [1, false],
    [2, true],
    [0, false],
    [3, false],
  ],
  [
    [9, true],
    [1, true],
  ],
  [
    [1, true],
    [9, true],
    [2, false],
  ],
  [[1, true, ',"can-offline":true']],
  [[1, false, ',"can-offline":false']],
  [
    [3, false],
    [3, true],
    [3, false],
  ],
];

const CONTENTS = ["0", "1", "0\n", "1\n", "2\n", "", "\n", "x\n", " 1\n", "10\n", "-1\n"];

const getBlocks = call("guest-get-memory-blocks");
const blockInfo = call("guest-get-memory-block-info");
const setBlocks = (...blocks: readonly (readonly [id: number | string, online: boolean, more?: string])[]): Step =>
  call(
    "guest-set-memory-blocks",
    `{"mem-blks":[${blocks.map(([id, online, more = ""]) => `{"phys-index":${id},"online":${online}${more}}`).join(",")}]}`,
    SAFE,
  );

const BLOCKS: Tree = {
  block_size_bytes: "8000000\n",
  auto_online_blocks: "online\n",
  "memory0/state": "online\n",
  "memory0/removable": "0\n",
  "memory1/state": "online\n",
  "memory1/removable": "1\n",
  "memory2/state": "offline\n",
  "memory2/removable": "1\n",
  "memory32/state": "going-offline\n",
  "memory32/removable": "0\n",
};

const BLOCK_TREES: Readonly<Record<string, Tree>> = {
  none: {},
  some: BLOCKS,
  many: Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [
      [`memory${n}/state`, n % 5 === 0 ? "offline\n" : "online\n"],
      [`memory${n}/removable`, `${n % 2}\n`],
    ]).flat(),
  ),
};

/** What no kernel has. */
const MALFORMED_BLOCKS: Readonly<Record<string, Tree>> = {
  "odd names": {
    "memory/state": "online\n",
    "memoryx/state": "online\n",
    "memory1x/state": "online\n",
    "memory1x/removable": "1\n",
    "memory-1/state": "online\n",
    "memory-1/removable": "1\n",
    "memory007/state": "online\n",
    "memory007/removable": "1\n",
  },
};

const STATES = ["online\n", "offline\n", "online", "online_movable\n", "on\n", "\n", "x\n", "going-offline\n"];
const REMOVABLE = ["0\n", "1\n", "x\n", "2\n", "10\n"];
const SIZES = ["8000000\n", "8000000", "0\n", "0x8000000\n", "7fffffffffffffff\n", "8000000 \n", " 80\n"];
const MALFORMED_SIZES = ["ffffffffffffffff\n", "10000000000000000\n", "", "\n", "x\n", "-1\n"];

const leftCpus: Step = { look: [0, 1, 2, 3].map((n) => `${CPU}/cpu${n}/online`), first: 1 };
const leftBlocks: Step = { look: [0, 1, 2, 9].map((n) => `${MEMORY}/memory${n}/state`), first: 3 };

export const PROCESSOR_SCENARIOS: readonly Scenario[] = [
  { id: "vcpus of this machine", steps: [getCpus] },
  {
    id: "vcpus",
    world: { trees: { [CPU]: {} } },
    steps: [
      ...Object.values(CPU_TREES).flatMap((tree): Step[] => [{ refill: CPU, tree }, getCpus]),
      { refill: CPU, tree: FOUR },
      ...CONTENTS.flatMap((text): Step[] => [{ put: { [`${CPU}/cpu1/online`]: text } }, getCpus]),
      { put: { [`${CPU}/cpu1/online`]: null } },
      getCpus,
      { put: { [`${CPU}/cpu1/online`]: { folder: true } } },
      getCpus,
    ],
  },
  {
    id: "malformed vcpus",
    world: { trees: { [CPU]: {} } },
    steps: Object.values(MALFORMED_CPUS).flatMap((tree): Step[] => [{ refill: CPU, tree }, getCpus]),
  },
  {
    id: "malformed memory blocks",
    world: { trees: { [MEMORY]: {} } },
    steps: [
      ...Object.values(MALFORMED_BLOCKS).flatMap((tree): Step[] => [{ refill: MEMORY, tree }, getBlocks]),
      { refill: MEMORY, tree: { ...BLOCKS, "memory1/state": "" } },
      getBlocks,
      { refill: MEMORY, tree: { ...BLOCKS, "memory1/removable": "" } },
      getBlocks,
    ],
  },
  {
    id: "malformed memory block size",
    world: { trees: { [MEMORY]: {} } },
    steps: MALFORMED_SIZES.flatMap((text): Step[] => [{ put: { [`${MEMORY}/block_size_bytes`]: text } }, blockInfo]),
  },
  {
    id: "vcpus set",
    world: { trees: { [CPU]: FOUR } },
    steps: SETTINGS.flatMap((list) => [setCpus(...list), leftCpus, getCpus]),
  },
  { id: "memory block size of this machine", steps: [blockInfo] },
  { id: "memory blocks of this machine", steps: [getBlocks] },
  {
    id: "memory blocks",
    world: { trees: { [MEMORY]: {} } },
    steps: [
      ...Object.values(BLOCK_TREES).flatMap((tree): Step[] => [{ refill: MEMORY, tree }, getBlocks, blockInfo]),
      { refill: MEMORY, tree: BLOCKS },
      ...STATES.flatMap((text): Step[] => [{ put: { [`${MEMORY}/memory1/state`]: text } }, getBlocks]),
      ...REMOVABLE.flatMap((text): Step[] => [{ put: { [`${MEMORY}/memory1/removable`]: text } }, getBlocks]),
      ...SIZES.flatMap((text): Step[] => [{ put: { [`${MEMORY}/block_size_bytes`]: text } }, blockInfo]),
    ],
  },
  {
    id: "a memory block without its files",
    world: { trees: { [MEMORY]: BLOCKS } },
    steps: [
      { put: { [`${MEMORY}/memory1/removable`]: null } },
      getBlocks,
      { put: { [`${MEMORY}/memory1/removable`]: "1\n", [`${MEMORY}/memory1/state`]: null } },
      getBlocks,
    ],
  },
  {
    id: "memory blocks set",
    world: { trees: { [MEMORY]: BLOCKS } },
    steps: [
      setBlocks(),
      setBlocks([1, false]),
      leftBlocks,
      setBlocks([1, false]),
      setBlocks([1, true], [2, true], [0, true]),
      leftBlocks,
      setBlocks([0, false]),
      leftBlocks,
      setBlocks([9, true], [1, false], [2, false, ',"can-offline":true']),
      leftBlocks,
      setBlocks([-1, true], ["18446744073709551615", true], ["9223372036854775808", false]),
      setBlocks([1, true], [1, false], [1, true]),
      leftBlocks,
      getBlocks,
      { refill: MEMORY, tree: {} },
      setBlocks([1, true]),
      setBlocks(),
    ],
  },
];
