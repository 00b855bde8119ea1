/** The smallest time zone file that a C library takes (RFC 9636), so that the tests need no time zone database. */

/**
 * @param name abbreviation of the zone, of letters.
 * @param offset seconds east of UTC, the whole year.
 */
export function timeZoneFile(name: string, offset: number): string {
  const header = new DataView(new ArrayBuffer(44));
  for (const [index, byte] of Buffer.from("TZif2").entries()) header.setUint8(index, byte);
  const TYPES = 36;
  const CHARACTERS = 40;
  header.setUint32(TYPES, 1);
  header.setUint32(CHARACTERS, name.length + 1);
  const type = new DataView(new ArrayBuffer(6)); // offset, whether it is summer time, where the name starts
  type.setInt32(0, offset);
  const block = Buffer.concat([Buffer.from(header.buffer), Buffer.from(type.buffer), Buffer.from(`${name}\0`)]);
  const sign = offset > 0 ? "-" : "";
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 3600), Math.floor((Math.abs(offset) % 3600) / 60)];
  return Buffer.concat([block, block, Buffer.from(`\n${name}${sign}${hours}:${minutes}\n`)]).toString("latin1");
}
