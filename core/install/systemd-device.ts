/** systemd's name for a device. */

/** As `systemd-escape --path --suffix=device`. */
export function deviceUnit(path: string): string {
  const text = path.split("/").filter(Boolean).join("/");
  const escaped = text.replace(/^\.|[^\w:./]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
  return `${escaped.replaceAll("/", "-")}.device`;
}
