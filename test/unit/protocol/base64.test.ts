import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase64 } from "../../../core/protocol/base64.ts";

/** Input, and what the reference agent makes of it, in hex. */
const TABLE: readonly (readonly [string, string])[] = [
  ["", ""],
  ["Zm9v", "666f6f"],
  ["Zm9vZg==", "666f6f66"],
  ["Zm9v\nZg==", "666f6f66"],
  ["aGVsbG8", "68656c"],
  ["Zg", ""],
  ["A", ""],
  ["Zg==A", "66"],
  ["AAAA=", "000000"],
  ["=AAAA", "000000"],
  ["A=AAAAAA", "000000000000"],
  ["Zg==Zg==", "6666"],
  ["Zg==Zm8=Zm9v", "66666f666f6f"],
  ["Zm=vZm9v", "662f666f6f"],
  ["Z===", "64"],
  ["====", "00"],
  ["aa=abbbbcccc", "691a6db6db71c71c"],
  ["a==abbbb", "681a6db6db"],
  ["a=a=a=a=a=aa", "6806680668069a"],
];

describe("base64", () => {
  test.each(TABLE)("%j", (text, hex) => {
    expect(decodeBase64(text).toString("hex")).toBe(hex);
  });

  test.each(["Zm 9v", "Zm9v-", "Zm9_", "Zm9v\r\n", "é", "Zm9v\0"])("%j is refused", (text) => {
    expect(() => decodeBase64(text)).toThrow("Base64 data contains invalid characters");
  });

  test("what is encoded is decoded, broken into lines anywhere", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.array(fc.nat(700), { maxLength: 5 }), (bytes, breaks) => {
        let text = Buffer.from(bytes).toString("base64");
        for (const at of breaks) text = `${text.slice(0, at)}\n${text.slice(at)}`;
        expect(decodeBase64(text).equals(bytes)).toBe(true);
      }),
    );
  });
});
