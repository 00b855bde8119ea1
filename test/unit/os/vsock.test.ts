import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeAddress, encodeAddress } from "../../../core/os/linux/vsock.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

describe("struct sockaddr_vm", () => {
  test("is laid out as the kernel has it", () => {
    // what Python's bind((3, 1024)) hands to the kernel
    const bytes = Buffer.from("28000000000400000300000000000000", "hex");
    expect(Buffer.from(encodeAddress({ cid: 3, port: 1024 }))).toEqual(bytes);
    expect(decodeAddress(bytes)).toEqual({ cid: 3, port: 1024 });
  });

  test("has every CID and port, also those above 2^31", () => {
    fc.assert(
      fc.property(u32, u32, (cid, port) => {
        expect(decodeAddress(encodeAddress({ cid, port }))).toEqual({ cid, port });
      }),
    );
  });

  test("of another family is no CID, whatever its bytes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), fc.uint8Array({ minLength: 14, maxLength: 126 }), (family, rest) => {
        fc.pre(family !== 40);
        const bytes = Uint8Array.of(family & 0xff, family >> 8, ...rest);
        expect(() => decodeAddress(bytes)).toThrow(expect.objectContaining({ code: "EAFNOSUPPORT" }));
      }),
    );
  });
});
