/** Network addresses as text, the way inet_ntop(3) of the GNU C library writes them. */

/** @param bytes 4, in network order. */
export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join(".");
}

/** @param bytes 16, in network order. @returns the text without a scope: the longest run of zero words is "::", the first of equals. */
export function formatIpv6(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const words = Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index));
  const zeros = longestZeros(words);
  const hex = (from: number, to: number) =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(":");
  if (zeros.length < 2) return hex(0, 8);
  const embedsIpv4 = zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && words[5] === 0xffff));
  if (embedsIpv4) return `::${zeros.length === 5 ? "ffff:" : ""}${formatIpv4(bytes.subarray(12, 16))}`;
  return `${hex(0, zeros.start)}::${hex(zeros.start + zeros.length, 8)}`;
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, word] of words.entries()) {
    length = word === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}

/** Number of one bits of a netmask; 0 for an empty one. */
export function prefixLength(netmask: Uint8Array): number {
  let ones = 0;
  for (const byte of netmask) {
    for (let bits = byte; bits !== 0; bits &= bits - 1) ones++;
  }
  return ones;
}
