/**
 * An ad-hoc signature, as Apple's and Go's linkers write it: it says nothing of who made the program, but macOS on arm64 runs none without.
 * It is a list of the hashes of all pages. Where a certificate matters, `codesign` on a Mac takes its place.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { addSignature, readMachO, resizeSegment } from "./mach-o.ts";

const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const CODE_DIRECTORY_SLOT = 0;
const VERSION_WITH_EXEC_SEGMENT = 0x20400;
const ADHOC = 0x2;
const LINKER_SIGNED = 0x20000;
const SHA256 = 2;
const SHA256_BYTES = 32;
const MAIN_BINARY = 1n;

const PAGE_BITS = 12;
const PAGE = 1 << PAGE_BITS;
/** What macOS on arm64 maps at a time, which is at least what any Mac does. */
const MAPPED_PAGE = 0x4000;
/** Where a signature begins. */
const ALIGNMENT = 16;
const SUPER_BLOB_BYTES = 20;
const DIRECTORY_BYTES = 88;

/**
 * Signs a file that has no signature: postject, which puts the program in, takes the runtime's away.
 * @param identifier what macOS calls the program.
 * @throws Error if there is no place for a signature.
 */
export async function signAdHoc(path: string, identifier: string): Promise<void> {
  const file = await readFile(path);
  const { segments, signature } = readMachO(file);
  const text = segments.get("__TEXT");
  const linkEdit = segments.get("__LINKEDIT");
  if (signature !== undefined) throw new Error(`${path} is signed already`);
  if (text === undefined || linkEdit === undefined || linkEdit.offset + linkEdit.bytes !== file.length) {
    throw new Error(`${path} doesn't end in the segment that a signature belongs in`);
  }
  const padding = Buffer.alloc((ALIGNMENT - (file.length % ALIGNMENT)) % ALIGNMENT);
  const code = Buffer.concat([file, padding]);
  const bytes = signatureBytes(code.length, identifier);
  const edited = code.length + bytes - linkEdit.offset;
  // The header is among what is hashed.
  addSignature(code, code.length, bytes);
  resizeSegment(code, linkEdit, edited, Math.ceil(edited / MAPPED_PAGE) * MAPPED_PAGE);
  await writeFile(path, Buffer.concat([code, adHocSignature(code, identifier, text)]));
}

function signatureBytes(code: number, identifier: string): number {
  return SUPER_BLOB_BYTES + DIRECTORY_BYTES + identifier.length + 1 + Math.ceil(code / PAGE) * SHA256_BYTES;
}

function adHocSignature(code: Buffer, identifier: string, text: { readonly offset: number; readonly bytes: number }): Buffer {
  const pages = Math.ceil(code.length / PAGE);
  const blob = Buffer.alloc(signatureBytes(code.length, identifier));
  for (const [index, value] of [SUPER_BLOB, blob.length, 1, CODE_DIRECTORY_SLOT, SUPER_BLOB_BYTES].entries()) {
    blob.writeUInt32BE(value, index * 4);
  }
  const directory = blob.subarray(SUPER_BLOB_BYTES);
  const hashes = DIRECTORY_BYTES + identifier.length + 1;
  const numbers = [CODE_DIRECTORY, directory.length, VERSION_WITH_EXEC_SEGMENT, ADHOC | LINKER_SIGNED, hashes, DIRECTORY_BYTES, 0, pages];
  for (const [index, value] of [...numbers, code.length].entries()) directory.writeUInt32BE(value, index * 4);
  directory.set([SHA256_BYTES, SHA256, 0, PAGE_BITS], 36);
  directory.writeBigUInt64BE(BigInt(text.offset), 64);
  directory.writeBigUInt64BE(BigInt(text.bytes), 72);
  directory.writeBigUInt64BE(MAIN_BINARY, 80);
  directory.write(`${identifier}\0`, DIRECTORY_BYTES, "latin1");
  for (let page = 0; page < pages; page += 1) {
    const hash = createHash("sha256")
      .update(code.subarray(page * PAGE, (page + 1) * PAGE))
      .digest();
    directory.set(hash, hashes + page * SHA256_BYTES);
  }
  return blob;
}
