import { describe, expect, it } from "vitest";
import { NO_ADMIN_CONFIG } from "../../../core/config/admin-config.ts";
import { helpText, versionText } from "../../../core/config/help.ts";
import { DEFAULT_CONFIG, OPTIONS } from "../../../core/config/options.ts";
import { parseStart, type Start } from "../../../core/config/start.ts";
import { StartError } from "../../../core/config/start-error.ts";

const PORT = "/dev/virtio-ports/org.qemu.guest_agent.0";
const defaultPaths = new Map<string, string | undefined>([
  ["virtio-serial", PORT],
  ["isa-serial", "/dev/ttyS0"],
  ["unix-listen", undefined],
  ["tcp-listen", undefined],
]);

type Files = Readonly<Record<string, string>>;

function start(args: readonly string[], files: Files = {}, environment: Readonly<Record<string, string>> = {}): Start {
  const readFile = (path: string) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error("no"), { code: path.startsWith("/locked") ? "EACCES" : "ENOENT" });
    return Buffer.from(text);
  };
  return parseStart({ program: "lodger", args, environment, defaultPaths, readFile, admin: NO_ADMIN_CONFIG });
}

/** Tested on their own, in freeze-options.test.ts. */
const PLUGIN_DEFAULTS = { plugins: [], pluginFolder: "/etc/lodger/plugins", scriptFolder: "/etc/lodger/commands" };
const FREEZE_DEFAULTS = expect.objectContaining({ leaseMs: 600_000 });

function run(args: readonly string[], files?: Files, environment?: Readonly<Record<string, string>>) {
  const result = start(args, files, environment);
  if (result.action !== "run") throw new Error(`the action is ${result.action}`);
  return result;
}

const general = (...lines: readonly string[]) => `[general]\n${lines.join("\n")}\n`;
const etc = (...lines: readonly string[]): Files => ({ [DEFAULT_CONFIG]: general(...lines) });

describe("without anything", () => {
  it("the defaults of qemu-ga hold", () => {
    expect(run([])).toEqual({
      action: "run",
      watched: { main: "/etc/lodger/lodger.toml", dropIns: "/etc/lodger/lodger.d", keyFile: DEFAULT_CONFIG },
      admin: NO_ADMIN_CONFIG,
      origins: { blockRpcs: [], allowRpcs: [] },
      warnings: [],
      settings: {
        method: "virtio-serial",
        path: PORT,
        logFile: undefined,
        pidFile: "/var/run/qemu-ga.pid",
        stateDirectory: "/var/run",
        fsfreezeHook: undefined,
        verbose: false,
        daemon: false,
        retryPath: false,
        blockRpcs: [],
        allowRpcs: [],
        tls: undefined,
        vsockPeers: undefined,
        freeze: FREEZE_DEFAULTS,
        ...PLUGIN_DEFAULTS,
      },
    });
  });
});

describe("the file", () => {
  it("holds every setting", () => {
    const { settings, warnings } = run(
      [],
      etc(
        ...["method = tcp-listen", "path = 127.0.0.1:1", "logfile=/l", "pidfile=/p", "statedir=/s", "fsfreeze-hook=/h", "verbose=1"],
        ...[
          "daemon=true",
          "retry-path=true",
          "block-rpcs=a,b",
          "allow-rpcs=c",
          "tls-cert=/c",
          "tls-key=/k",
          "tls-ca=/a",
          "vsock-peers=2,1",
        ],
      ),
    );
    expect(warnings).toEqual([]);
    expect(settings).toEqual({
      method: "tcp-listen",
      path: "127.0.0.1:1",
      logFile: "/l",
      pidFile: "/p",
      stateDirectory: "/s",
      fsfreezeHook: "/h",
      verbose: true,
      daemon: true,
      retryPath: true,
      blockRpcs: ["b", "a"],
      allowRpcs: ["c"],
      tls: { certificate: "/c", key: "/k", authorities: "/a" },
      vsockPeers: [2, 1],
      freeze: FREEZE_DEFAULTS,
      ...PLUGIN_DEFAULTS,
    });
  });

  it.each([
    [["-p", "/line"], "/line"],
    [["-p", "/line", "-c", "/mine"], "/line"],
    [["-c", "/mine"], "/mine/path"],
    [["-c", "/other", "-c", "/mine"], "/mine/path"],
    [[], "/env/path"],
  ])("counts before the command line: %j", (args, path) => {
    const files = { "/mine": general("path=/mine/path"), "/env": general("path=/env/path"), ...etc("path=/etc/path") };
    expect(run(args, files, { QGA_CONF: "/env" }).settings.path).toBe(path);
  });

  it("is named in the result, for a reload", () => {
    expect(run(["-c", "/mine"], { "/mine": "" }).watched.keyFile).toBe("/mine");
    expect(run([], {}, { QGA_CONF: "/env" }).watched.keyFile).toBe("/env");
  });

  it("may be missing, unless it was asked for", () => {
    expect(run([], {}, { QGA_CONF: "/nowhere" }).settings.path).toBe(PORT);
    expect(() => run(["-c", "/nowhere"])).toThrow(
      "cannot read the configuration file '/nowhere': no such file; create it, or leave --config out",
    );
    expect(() => run([], {}, { QGA_CONF: "/locked" })).toThrow("'/locked': permission denied; run as root, or make it readable");
  });

  it.each(["verbose=yes", "path=\\q", "method"])("stops the start with %j", (line) => {
    expect(() => run([], etc(line))).toThrow(StartError);
    expect(() => run([], etc(line))).toThrow(`${DEFAULT_CONFIG}:2: `);
  });

  it("may have what nobody reads, which is told", () => {
    const { settings, warnings } = run([], etc("daemonize=maybe", "blacklist=x", "[lodger]", "verbose=what"));
    expect(settings.daemon).toBe(false);
    expect(settings.blockRpcs).toEqual(["x"]);
    expect(warnings).toEqual([
      `${DEFAULT_CONFIG}:3: the key 'blacklist' is deprecated, rename it to 'block-rpcs'`,
      `${DEFAULT_CONFIG}:2: the key 'daemonize' is unknown and ignored`,
    ]);
  });
});

describe("lists", () => {
  it.each([
    [[], "block-rpcs=", []],
    [["-b", ""], "block-rpcs=", []],
    [["-b", "a,b,c", "-b", "d", "--blacklist=e,,f"], "", ["c", "b", "a", "d", "f", "", "e"]],
    [["-b", "e,f"], "block-rpcs=a,b,c\nblacklist=d", ["c", "b", "a", "d", "f", "e"]],
    [[], "block-rpcs=a;b,c", ["c", "a;b"]],
    [["-b", " a, b "], "", [" b ", " a"]],
    [["-b", "help,x"], "", ["x", "help"]],
    [[], "block-rpcs=help", ["help"]],
  ])("%j and %j grow, the last of each source first", (args, line, names) => {
    expect(run(args, etc(line)).settings.blockRpcs).toEqual(names);
  });
});

describe("a path", () => {
  it("comes from the method, if it has one", () => {
    expect(run(["-m", "isa-serial"]).settings.path).toBe("/dev/ttyS0");
    expect(run(["-m", "unix-listen", "-p", "/s"]).settings.path).toBe("/s");
  });

  it.each([
    [["-m", "unix-listen"], "must specify a path for this channel: give unix-listen one with --path or the key 'path'"],
    [["-p", ""], "must specify a path for this channel"],
    [["-D", "-m", "unix-listen"], "must specify a path for this channel"],
    [
      ["-m", "bla", "-p", "x"],
      "unsupported channel method/type: bla; --method is one of virtio-serial, isa-serial, unix-listen, tcp-listen",
    ],
    [["-m", "bla"], "unsupported channel method/type: bla"],
    [["-D", "-m", "bla"], "unsupported channel method/type: bla"],
    [["--tls-key", "k"], "mutual TLS also needs --tls-cert and --tls-ca: give all of --tls-cert, --tls-key and --tls-ca, or none"],
    [["-s", "install"], "--service is for Windows only"],
    [["--tls"], "option '--tls' is ambiguous"],
  ])("%j: %s", (args, message) => {
    expect(() => start(args)).toThrow(StartError);
    expect(() => start(args)).toThrow(message);
  });

  it("of an unknown method can be dumped", () => {
    expect(start(["-D", "-m", "bla", "-p", "x"])).toMatchObject({ action: "dump", settings: { method: "bla", path: "x" } });
  });
});

describe("the action", () => {
  const broken = etc("verbose=what");
  it.each([
    [["--help"], { action: "help" }],
    [["-dh"], { action: "help" }],
    [["-V", "--bogus"], { action: "version" }],
    [["-D", "-V"], { action: "version" }],
    [["-b", "help", "-D"], { action: "list-commands" }],
    [["-a", "?"], { action: "list-commands" }],
  ])("%j needs no configuration", (args, expected) => {
    expect(start(args, broken)).toEqual(expected);
  });

  it("is to dump wherever -D stands", () => {
    expect(start(["-D", "-v"]).action).toBe("dump");
    expect(start(["-v", "foo", "-D"]).action).toBe("dump");
    expect(start(["--", "-D"]).action).toBe("run");
  });

  it("is none with an unknown option, which is told on both outputs", () => {
    expect(() => start(["--bogus", "-V"])).toThrow(
      expect.objectContaining({
        message: "unrecognized option '--bogus'",
        usage: "Unknown option, try 'lodger --help' for more information.",
      }),
    );
  });

  it("warns of arguments that nothing takes", () => {
    expect(run(["cal"]).warnings).toEqual(["the argument 'cal' is ignored: try 'lodger --help'"]);
  });
});

describe("--vsock-peers", () => {
  it.each([
    ["2", [2]],
    ["1,4294967294", [1, 4_294_967_294]],
    ["any", "any"],
  ])("%s", (text, peers) => {
    expect(run(["--vsock-peers", text]).settings.vsockPeers).toEqual(peers);
    expect(run([], etc(`vsock-peers=${text}`)).settings.vsockPeers).toEqual(peers);
  });

  it("replaces what the file says", () => {
    expect(run(["--vsock-peers=3"], etc("vsock-peers=any")).settings.vsockPeers).toEqual([3]);
    expect(run(["--vsock-peers=3", "--vsock-peers=4"]).settings.vsockPeers).toEqual([4]);
  });

  it.each(["", "2,", ",2", " 2", "2 ", "-1", "+2", "0x2", "1e0", "2,any", "ANY", "4294967295", "9".repeat(400), "2;3"])(
    "%j is rejected",
    (text) => {
      const message = `--vsock-peers: '${text}' is no list of CIDs: write numbers up to 4294967294 with commas between, or 'any'`;
      expect(() => start(["--vsock-peers", text])).toThrow(new StartError(message));
      expect(() => start(["-D", "--vsock-peers", text])).toThrow(StartError);
    },
  );
});

describe("help", () => {
  const lines = helpText(defaultPaths).split("\n");

  it("fits on one screen", () => {
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it("has a line for each option, and each method", () => {
    for (const { name, help } of OPTIONS) {
      expect(lines.filter((line) => new RegExp(`^  (-., |    )--${name}[ =[]`).test(line))).toHaveLength(help === undefined ? 0 : 1);
    }
    for (const method of defaultPaths.keys())
      expect(lines.some((line) => new RegExp(`^  (.*, )?${method}( \\(|,|$)`).test(line))).toBe(true);
  });

  it.each(["lodger plugin", "lodger policy explain", "lodger config check", "--lodger-config", "lodger freeze --help"])(
    "tells of '%s'",
    (words) => {
      expect(lines.join("\n")).toContain(words);
    },
  );

  it("names both versions for --version", () => {
    expect(versionText()).toMatch(
      /^lodger \d+\.\d+\.\d+ \(interface \d+\.\d+\.\d+; commit unknown, (?:Node|Bun|Deno) \d+\.\d+\.\d+, not packed\)\n$/,
    );
  });
});
