/** Records of logins, made byte by byte as the C headers have them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseUtmp, utmpLayout } from "../../../core/os/linux/utmp.ts";

interface Fields {
  readonly type?: number;
  readonly user?: string | Uint8Array;
  readonly seconds?: number;
  readonly microseconds?: number;
}

/** struct utmp of x86-64: type, pid, line[32], id[4], user[32], host[256], exit, session, seconds, microseconds, address, unused. */
function record384({ type = 7, user = "root", seconds = 1_700_000_000, microseconds = 0 }: Fields): Buffer {
  const record = common(384, type, user);
  record.writeInt32LE(77, 336);
  record.writeInt32LE(seconds | 0, 340);
  record.writeInt32LE(microseconds, 344);
  return record;
}

/** Of arm64: session, seconds and microseconds have 64 bits. */
function record400({ type = 7, user = "root", seconds = 1_700_000_000, microseconds = 0 }: Fields): Buffer {
  const record = common(400, type, user);
  record.writeBigInt64LE(77n, 336);
  record.writeBigInt64LE(BigInt(seconds), 344);
  record.writeBigInt64LE(BigInt(microseconds), 352);
  return record;
}

function common(size: number, type: number, user: string | Uint8Array): Buffer {
  const record = Buffer.alloc(size);
  record.writeInt16LE(type, 0);
  record.writeInt32LE(4242, 4);
  record.write("pts/0", 8);
  record.write("ts/0", 40);
  Buffer.from(user as string).copy(record, 44, 0, 32);
  record.write("host.example", 76);
  return record;
}

describe.each([
  ["x64", record384],
  ["arm64", record400],
])("on %s", (architecture, record) => {
  const parse = (...records: readonly Buffer[]) => parseUtmp(Buffer.concat(records), utmpLayout(architecture));

  test("logins in the file's order, with fractions of a second", () => {
    expect(parse(record({ microseconds: 123_456 }), record({ user: "alice", seconds: 3, microseconds: 1 }))).toEqual([
      { user: "root", loginTime: 1_700_000_000.123456 },
      { user: "alice", loginTime: 3.000001 },
    ]);
  });

  test("only those of users who are still there", () => {
    const others = [0, 1, 2, 3, 4, 5, 6, 8, 9, -1, 7 + 256, 7 + 65536 / 2].map((type) => record({ type: (type << 16) >> 16, user: "no" }));
    expect(parse(...others, record({ user: "yes" })).map(({ user }) => user)).toEqual(["yes"]);
  });

  test("a record that is cut off doesn't count", () => {
    const whole = record({});
    for (const length of [1, 43, 100, whole.length - 1]) {
      expect(parse(whole, record({ user: "cut" }).subarray(0, length))).toHaveLength(1);
      expect(parse(whole.subarray(0, length))).toEqual([]);
    }
    expect(parse()).toEqual([]);
  });

  test("names fill their field, and may be no text", () => {
    const names = ["x".repeat(32), "", new Uint8Array([0xff, 0xfe, 0x62]), 'a"\\\n\x01b'];
    expect(parse(...names.map((user) => record({ user }))).map(({ user }) => user)).toEqual([
      "x".repeat(32),
      "",
      "\ufffd\ufffdb",
      'a"\\\n\x01b',
    ]);
  });

  test("any bytes give some list", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        for (const { user, loginTime } of parseUtmp(bytes, utmpLayout(architecture))) {
          expect(typeof user).toBe("string");
          expect(Number.isFinite(loginTime)).toBe(true);
        }
      }),
    );
  });

  test("a file that lies in the middle of other memory", () => {
    const shifted = Buffer.concat([Buffer.alloc(3, 7), record({ user: "alice" })]).subarray(3);
    expect(parse(shifted)).toEqual([{ user: "alice", loginTime: 1_700_000_000 }]);
  });
});

test("32 bits of seconds last beyond 2038", () => {
  const layout = utmpLayout("x64");
  expect(parseUtmp(record384({ seconds: 2 ** 31 }), layout)[0]?.loginTime).toBe(2 ** 31);
  // As glibc and qemu-ga 10.0.13 read them.
  expect(parseUtmp(record384({ seconds: -1, microseconds: 999_999 }), layout)[0]?.loginTime).toBe(4_294_967_295.999999);
});
