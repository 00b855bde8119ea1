import * as fs from "node:fs/promises";

/** What the last bytes of a swap disk's first page say: the kernel marks there that an image to resume from lies on it. */
export async function swapSignature(image: string): Promise<"swap" | "hibernated" | "unknown"> {
  await using file = await fs.open(image);
  const { buffer } = await file.read({ buffer: Buffer.alloc(10), position: 4096 - 10 });
  const text = buffer.toString("latin1");
  if (text === "SWAPSPACE2") return "swap";
  return text === "S1SUSPEND\0" ? "hibernated" : "unknown";
}
