import { describe, expect, it } from "vitest";
import { builtInHost } from "../../../core/extension/host.ts";
import { OsError } from "../../../core/plugin.ts";
import memory from "../../../plugins/memory/index.ts";
import { type FakeFile, FakeFiles } from "../fake-files.ts";
import { commandsOf, RecordedLog } from "../run-command.ts";

const FOLDER = "/sys/devices/system/memory";

/** @param tree by path below the folder. */
function guest(tree: Readonly<Record<string, FakeFile>>) {
  const files = new FakeFiles(Object.fromEntries(Object.entries(tree).map(([path, file]) => [`${FOLDER}/${path}`, file])));
  const run = commandsOf(memory, { files });
  return { files, run, set: (...blocks: object[]) => run("guest-set-memory-blocks", { "mem-blks": blocks }) };
}

const block = (index: number | bigint, online: boolean, more = {}) => ({ "phys-index": index, online, ...more });
const described = (index: number | bigint, online: boolean, canOffline: boolean) => block(index, online, { "can-offline": canOffline });
const files = (name: string, state: string, removable: string) => ({ [`${name}/state`]: state, [`${name}/removable`]: removable });

const FOUR = {
  ...files("memory0", "online\n", "0\n"),
  ...files("memory1", "online\n", "1\n"),
  ...files("memory10", "online\n", "1\n"),
  ...files("memory2", "offline\n", "1\n"),
  auto_online_blocks: "online\n",
  block_size_bytes: "8000000\n",
  probe: "",
};

describe("guest-get-memory-blocks", () => {
  it("lists the blocks by their numbers", async () => {
    expect(await guest(FOUR).run("guest-get-memory-blocks")).toEqual([
      described(0, true, false),
      described(1, true, true),
      described(2, false, true),
      described(10, true, true),
    ]);
  });

  it.each([
    ["online_kernel\n", "1\n", true, true],
    ["online", "1", true, true],
    ["going-offline\n", "1\n", false, true],
    ["offline\n", "0\n", false, false],
    ["onl", "1\n", false, true],
  ])("state %j, removable %j", async (state, removable, online, canOffline) => {
    expect(await guest(files("memory3", state, removable)).run("guest-get-memory-blocks")).toEqual([described(3, online, canOffline)]);
  });

  it("takes a block for fixed when the kernel doesn't say more", async () => {
    const tree = { "memory3/state": "online\n", "memory4/removable": "1\n", "memory5/": "" };
    expect(await guest(tree).run("guest-get-memory-blocks")).toEqual([3, 4, 5].map((index) => described(index, true, false)));
  });

  it("lists thousands, and numbers beyond 2^53 exactly", async () => {
    const many = Object.assign({}, ...Array.from({ length: 3000 }, (_, index) => files(`memory${index}`, "online\n", "1\n")));
    const all = (await guest({ ...many, ...files("memory9007199254740993", "offline\n", "1\n") }).run(
      "guest-get-memory-blocks",
    )) as object[];
    expect(all).toHaveLength(3001);
    expect(all.slice(2998)).toEqual([described(2998, true, true), described(2999, true, true), described(9007199254740993n, false, true)]);
  });

  it("takes only what is named as blocks are", async () => {
    const odd = ["memory", "memoryx", "memory03", "memory-1", "memory3x", "xmemory3", "memory99999999999999999999"];
    const tree = Object.assign({}, ...odd.map((name) => files(name, "online\n", "1\n")));
    expect(await guest(tree).run("guest-get-memory-blocks")).toEqual([]);
  });

  it("answers an empty list where the kernel has no such thing", async () => {
    expect(await guest({}).run("guest-get-memory-blocks")).toEqual([]);
  });

  it.each<[Record<string, FakeFile>, string]>([
    [{ "memory3/state": new OsError("EIO", 5, "Input/output error", "read") }, 'pread sysfs file "state": Input/output error'],
    [{ "memory3/state": new OsError("EACCES", 13, "Permission denied", "open") }, 'open sysfs file "state": Permission denied'],
    [
      { "memory3/state": "online\n", "memory3/removable": new OsError("EIO", 5, "Input/output error", "read") },
      'pread sysfs file "removable": Input/output error',
    ],
    [{ "": new OsError("EACCES", 13, "Permission denied", "opendir") }, `open("${FOLDER}/"): Permission denied`],
  ])("%j: %s", async (tree, text) => {
    const { files: fake, run } = guest(tree);
    if ("" in tree) fake.list = () => Promise.reject(tree[""]);
    await expect(run("guest-get-memory-blocks")).rejects.toMatchObject({ name: "CommandError", message: text });
  });
});

describe("guest-set-memory-blocks", () => {
  it("writes what is to be changed, and nothing else", async () => {
    const { files: fake, set } = guest(FOUR);
    expect(await set(block(0, true), block(1, false), block(2, true), block(10, false, { "can-offline": false }))).toEqual(
      [0, 1, 2, 10].map((index) => ({ "phys-index": index, response: "success" })),
    );
    expect(fake.written).toEqual([
      `${FOLDER}/memory1/state = offline`,
      `${FOLDER}/memory2/state = online`,
      `${FOLDER}/memory10/state = offline`,
    ]);
  });

  it("goes on after one that fails", async () => {
    const { files: fake, set } = guest(FOUR);
    expect(await set(block(99, true), block(1, false), block(2n ** 64n - 1n, false))).toEqual([
      { "phys-index": 99, response: "not-found", "error-code": 2 },
      { "phys-index": 1, response: "success" },
      { "phys-index": 18446744073709551615n, response: "not-found", "error-code": 2 },
    ]);
    expect(fake.written).toEqual([`${FOLDER}/memory1/state = offline`]);
  });

  it("does the same block again and again", async () => {
    const { files: fake, set } = guest(FOUR);
    await set(block(1, false), block(1, true), block(1, false));
    expect(fake.written).toHaveLength(3);
  });

  it("of nothing is nothing", async () => expect(await guest(FOUR).set()).toEqual([]));

  it("leaves a block without a state as it is", async () => {
    expect(await guest({ "memory3/removable": "1\n" }).set(block(3, true), block(3, false))).toEqual([
      { "phys-index": 3, response: "success" },
      { "phys-index": 3, response: "operation-not-supported", "error-code": 2 },
    ]);
  });

  it.each([new OsError("EBUSY", 16, "Device or resource busy", "write"), new OsError("EROFS", 30, "Read-only file system", "open")])(
    "tells why the kernel refuses: $code",
    async (refusal) => {
      const { files: fake, set } = guest(FOUR);
      fake.writeText = () => Promise.reject(refusal);
      expect(await set(block(1, false), block(1, true))).toEqual([
        { "phys-index": 1, response: "operation-failed", "error-code": refusal.errno },
        { "phys-index": 1, response: "success" },
      ]);
    },
  );

  it("doesn't hide a fault of the agent's behind an outcome", async () => {
    const { files: fake, set } = guest(FOUR);
    fake.writeText = () => Promise.reject(new TypeError("broken"));
    await expect(set(block(1, false))).rejects.toBeInstanceOf(TypeError);
  });
});

describe("guest-get-memory-block-info", () => {
  it.each([
    ["8000000\n", 134217728],
    ["80000000", 2147483648],
    ["20000000000001\n", 9007199254740993n],
    ["8000000000000000\n", 9223372036854775808n],
    ["0x80\n", 128],
    [" 80 \n", 128],
  ])("%j", async (text, size) => {
    expect(await guest({ block_size_bytes: text }).run("guest-get-memory-block-info")).toEqual({ size });
  });

  it.each(["", "x\n", "-1\n", "80zz", "10000000000000000\n"])("no size from %j", async (text) => {
    await expect(guest({ block_size_bytes: text }).run("guest-get-memory-block-info")).rejects.toMatchObject({
      name: "CommandError",
      message: 'sysfs file "block_size_bytes" has no hexadecimal number',
    });
  });

  it("tells why it can't be read", async () => {
    await expect(guest({ "memory0/": "" }).run("guest-get-memory-block-info")).rejects.toMatchObject({
      name: "CommandError",
      message: 'open sysfs file "block_size_bytes": No such file or directory',
    });
  });
});

describe("a kernel without memory hotplug", () => {
  const supported = async (tree: Readonly<Record<string, FakeFile>>) => {
    const { files: fake } = guest(tree);
    const commands = memory.commands?.({ files: fake as never }, builtInHost(memory, new RecordedLog())) ?? [];
    return Object.fromEntries(await Promise.all(commands.map(async (one) => [one.name, (await one.supported?.()) ?? true])));
  };

  it("has no command that needs it", async () => {
    const reason = `the kernel has no memory hotplug: there is no ${FOLDER}`;
    expect(await supported({})).toEqual({
      "guest-get-memory-blocks": true,
      "guest-set-memory-blocks": reason,
      "guest-get-memory-block-info": reason,
    });
  });

  it("is told from one with it", async () => expect(Object.values(await supported(FOUR))).toEqual([true, true, true]));
});
