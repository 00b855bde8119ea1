// Loaded before the bundle: it then takes this Linux for macOS. What only libSystem has is played; what C libraries share is this one's.
const fs = require("node:fs");
const { createRequire } = require("node:module");

const bundle = process.argv[1];
const fromBundle = createRequire(bundle);
const koffi = fromBundle("koffi"); // its own part for Linux: only from here on is this another system
Object.defineProperty(process, "platform", { value: "darwin" });

/** Two logins, and one that has ended, as utmpx(5) of macOS lays them out. */
const record = (user, type, seconds) => {
  const bytes = Buffer.alloc(640);
  bytes.write(user);
  bytes.writeInt16LE(type, 296);
  bytes.writeBigInt64LE(BigInt(seconds), 304);
  bytes.writeInt32LE(250_000, 312);
  return bytes;
};
const records = [record("alice", 7, 1_700_000_100), record("bob", 8, 1_700_000_000), record("alice", 7, 1_700_000_050)];
let next = 0;

const played = {
  clock_gettime_nsec_np: () => BigInt(Date.now()) * 1_000_000n,
  settimeofday: () => {
    throw new Error("the clock of this machine is nobody's to set");
  },
  setutxent: () => {
    next = 0;
  },
  getutxent: () => records[next++] ?? null,
  endutxent: () => undefined,
};

fromBundle.cache[fromBundle.resolve("koffi")].exports = {
  ...koffi,
  load(path) {
    const library = koffi.load(path);
    return {
      func(prototype) {
        const name = /(\w+)\(/.exec(prototype)[1];
        return played[name] ?? library.func(prototype);
      },
    };
  },
};

const VERSION = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>
  <key>ProductBuildVersion</key> <string>24F74</string>
  <key>ProductName</key> <string>macOS</string>
  <key>ProductVersion</key> <string>15.5</string></dict></plist>`;
const { readFile } = fs;
fs.readFile = (path, ...rest) =>
  path === "/System/Library/CoreServices/SystemVersion.plist" ? rest.at(-1)(null, VERSION) : readFile(path, ...rest);
