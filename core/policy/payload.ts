/** How many bytes there are to a value: those of texts and of decoded base64, and a few for each of the rest. */

const SCALAR_BYTES = 8;

export function payloadBytes(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + payloadBytes(item), 0);
  if (typeof value !== "object" || value === null) return value === undefined ? 0 : SCALAR_BYTES;
  let bytes = 0;
  for (const [name, member] of Object.entries(value)) bytes += member === undefined ? 0 : name.length + payloadBytes(member);
  return bytes;
}
