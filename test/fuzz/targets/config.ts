/** What an admin writes: the command line and qemu-ga.conf, also beside qemu-ga itself; TOML; manifests. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NO_ADMIN_CONFIG } from "../../../core/config/admin-config.ts";
import { parseCommandLine } from "../../../core/config/command-line.ts";
import { dumpSettings } from "../../../core/config/dump.ts";
import { formatKeyFile, parseKeyFile } from "../../../core/config/keyfile.ts";
import { collectAdminConfig } from "../../../core/config/lodger-toml.ts";
import { OPTIONS } from "../../../core/config/options.ts";
import { Problems } from "../../../core/config/problems.ts";
import { parseStart } from "../../../core/config/start.ts";
import { StartError } from "../../../core/config/start-error.ts";
import { declaredCommands } from "../../../core/declared-commands.ts";
import { entryFile } from "../../../core/extension/discovery.ts";
import { moduleText } from "../../../core/extension/module-format.ts";
import { readManifest } from "../../../core/extension/script/manifest.ts";
import { scriptPlugin } from "../../../core/extension/script/script-plugin.ts";
import { checkPolicy } from "../../../core/policy/check-policy.ts";
import { matches } from "../../../core/policy/pattern.ts";
import { Policy } from "../../../core/policy/policy.ts";
import { builtInPlugins } from "../../../plugins/index.ts";
import { judge, toldAll } from "../../differential/compare.ts";
import { environment } from "../../differential/launch.ts";
import { type Reference, references } from "../../differential/reference.ts";
import { asText, holds, same, Violation } from "../engine/failure.ts";
import type { Target } from "../engine/target.ts";

const DEFAULT_PATHS = new Map([
  ["virtio-serial", "/dev/virtio-ports/org.qemu.guest_agent.0"],
  ["isa-serial", "/dev/ttyS0"],
  ["unix-listen", undefined],
  ["vsock-listen", undefined],
]);

/** A folder of a target's own, below the project, where root alone writes. */
class Folder {
  path = "";

  make = async (): Promise<void> => {
    this.path = mkdtempSync(join(process.cwd(), "target-"));
  };

  remove = async (): Promise<void> => {
    rmSync(this.path, { recursive: true, force: true });
  };

  write(name: string, contents: Uint8Array | string): string {
    const file = join(this.path, name);
    writeFileSync(file, contents, { mode: 0o600 });
    return file;
  }
}

/** The text that `-D` prints, or undefined where the options can't be used. */
function dumped(args: readonly string[], readFile: (path: string) => Uint8Array): string | undefined {
  try {
    const start = parseStart({
      program: "AGENT",
      args,
      environment: { QGA_CONF: "/no-such" },
      defaultPaths: DEFAULT_PATHS,
      readFile,
      admin: NO_ADMIN_CONFIG,
    });
    return start.action === "dump" ? dumpSettings(start.settings) : start.action;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    holds(
      error.lines.every((line) => line !== "" && !/[\n\0]/.test(line)),
      "an error is lines for people",
      () => asText(error.lines),
    );
    return undefined;
  }
}

const noFile = (): never => {
  throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
};

const NAMES = OPTIONS.flatMap(({ name, formerly = [], key = name, formerKeys = [] }) => [name, ...formerly, key, ...formerKeys]);
/** Keys that qemu-ga of this version doesn't know: ours, and those that it had once. */
const OURS = new Set<string>(OPTIONS.flatMap(({ ours, name, key = name, formerKeys = [] }) => (ours ? [key, ...formerKeys] : formerKeys)));
const VALUES = [
  "true",
  "false",
  "1",
  "0",
  "=",
  "\\s",
  "\\n",
  "\\q",
  "\\",
  ",",
  ";",
  "#",
  "[general]",
  "[x]",
  "[de]",
  "\r\n",
  "\t",
  "\0",
  "\xc3\xa9",
  "\xff",
];

/** qemu-ga of the version that ours is like; undefined on a machine that has none, where only our own half is run. */
let reference: Reference | undefined;
const findReference = async (): Promise<void> => {
  reference = (await references()).found.find(({ generation }) => generation === "current");
  if (reference === undefined && process.env.CI === "true") throw new Error("there is no qemu-ga to compare with");
};

function compared(where: string, args: readonly string[], folder: string, ours: string | undefined, input: string): void {
  if (reference === undefined || ours === "help" || ours === "version" || ours === "list-commands") return;
  const [file = "", ...rest] = reference.command;
  const { status, signal, stdout } = spawnSync(file, [...rest, ...args], { cwd: folder, env: environment(folder), timeout: 10_000 });
  const outcome = (ends: string, printed: string) => [`ends with ${ends}`, ends === "0" ? printed : ""].map((text) => JSON.stringify(text));
  const theirs = outcome(String(status ?? signal), stdout.toString("latin1"));
  const own = outcome(ours === undefined ? "1" : "0", Buffer.from(ours ?? "").toString("latin1"));
  const findings = judge(`invocation: ${where}`, input, reference, theirs, own);
  if (findings.length > 0) throw new Violation("differs from qemu-ga", toldAll(findings));
}

const conf = new Folder();
const line = new Folder();
const toml = new Folder();
const manifest = new Folder();
const packages = new Folder();

function keysOf(input: Buffer): string[] {
  try {
    return parseKeyFile(input, "FILE").keys("general");
  } catch {
    return [];
  }
}

const KEYFILE: Target = {
  name: "keyfile",
  covers: ["core/config/keyfile.ts"],
  seeds: [
    "[general]\npath=/a\\sb\n# c\nkey[de]=x\n\n[global]\nfd_counter = 1000 \n",
    "[a]\nb=\\t\\n\\r\\\\\\q\n",
    "\xef\xbb\xbf[general]\n",
  ],
  words: VALUES,
  bounded: 2000,
  run(input) {
    let file: ReturnType<typeof parseKeyFile>;
    try {
      file = parseKeyFile(input, "FILE");
    } catch (error) {
      if (error instanceof StartError) return error.message.replace(/\d+|'.*'/gs, "");
      throw error;
    }
    for (const key of file.keys("general")) {
      if (!/^[a-z-]+$/.test(key)) continue;
      let value: string | undefined;
      try {
        value = file.string("general", key) ?? "";
        file.boolean("general", key);
      } catch (error) {
        if (!(error instanceof StartError)) throw error;
      }
      if (value === undefined || /^[ \t\s]*\f/.test(value) || value.includes("\0")) continue;
      same(
        parseKeyFile(Buffer.from(formatKeyFile([["g", [[key, value]]]])), "x").string("g", key),
        value,
        "a value reads back as it was written",
      );
    }
    return "read";
  },
};

const CONF: Target = {
  name: "qemu-ga-conf",
  covers: ["core/config/"],
  seeds: [
    "[general]\nmethod=isa-serial\npath=/dev/x\nlogfile=/l\npidfile=/p\nstatedir=/s\nverbose=true\ndaemon=true\nretry-path=1\nblock-rpcs=a,b\nallow-rpcs=c\nfsfreeze-hook=/h\n",
    "[general]\npath[de]=/b\npath = \\s/a \n[other]\npath=/c\n[general]\nverbose=0",
    "# c\n\n[general]\nblacklist=a,,b\n",
  ],
  words: [...NAMES.map((name) => `${name}=`), ...VALUES],
  maxBytes: 600,
  bounded: 250,
  before: async () => {
    await findReference();
    await conf.make();
  },
  after: conf.remove,
  run(input) {
    const text = input.toString("latin1");
    const file = conf.write("conf", input);
    const args = ["-c", file, "-D"];
    const ours = dumped(args, (path) => (path === file ? input : noFile()));
    if (keysOf(input).some((key) => OURS.has(key))) return "ours only";
    compared("config: fuzzed", args, conf.path, ours, text);
    return ours === undefined ? "refused" : String(ours.split("\n").length);
  },
};

const COMMAND_LINE: Target = {
  name: "command-line",
  covers: ["core/config/"],
  seeds: [
    "-m\nunix-listen\n-p\n/p\n-l\n/l\n-f\n/f\n-t\n/t\n-v\n-d\n-r\n-b\na,b\n-a\nc,d\n-F/h",
    "--method=unix-listen\n--path=/p\n--verb\n--block-rpcs=a,b\nword\n--\n-p\n/y",
    "-vdp/x\n-F\n--fsfreeze-hook\n/h\n--blacklist=a",
  ],
  words: [
    ...NAMES.map((name) => `--${name}`),
    ..."-m -p -l -f -t -v -d -r -b -a -F -c -D -h -V -s -x -- - = , ; \n \t".split(" "),
    "unix-listen",
    "é",
    " ",
  ],
  maxBytes: 300,
  bounded: 250,
  before: async () => {
    await findReference();
    await line.make();
  },
  after: line.remove,
  run(input) {
    const text = input.toString("utf8").replaceAll("\0", "").slice(0, 300);
    // First, so that nothing takes it for a value: with it no agent starts.
    const args = ["-D", ...text.split("\n")];
    const ours = dumped(args, noFile);
    const { given } = parseCommandLine("AGENT", args);
    if (given.some(({ option }) => option.ours) || /^--bla/m.test(text)) return "ours only";
    compared("command line, fuzzed", args, line.path, ours, text);
    return ours === undefined ? "refused" : String(ours.split("\n").length);
  },
};

const COMMANDS = builtInPlugins.flatMap((plugin) => declaredCommands(plugin));
const NO_PLACES = { resolve: async (path: string) => path };
const ARGUMENTS = { path: "/tmp/a", mode: "r", arg: ["a", "-b"], env: ["A=1"], "input-data": new Uint8Array(3), handle: 1, count: 4 };
const TOML_WORDS = [
  ..."[policy] [[policy.limit]] [[policy.allow-if]] [[policy.block-if]] [agent] [audit] [plugins.x] [plugins.x.options] = \" ' \"\"\" ''' { } [ ] , . # \n \\u0041 true 1_0 0x1f 1e3 inf nan 1979-05-27T07:32:00Z".split(
    " ",
  ),
  ..."profile allow block allow-if block-if limit command commands path inside arg equals one-of pattern rate concurrency bytes per request-bytes file journal except".split(
    " ",
  ),
  '"guest-exec"',
  '"guest-*"',
  '"observe"',
  '"30/min"',
  '"10 MiB"',
  '"/srv"',
  '"..."',
  "\r\n",
  "\xff",
  "\0",
  "\x1b",
];

const POLICY: Target = {
  name: "lodger-toml",
  covers: ["core/config/", "core/policy/"],
  seeds: [
    '[agent]\nmethod = "unix-listen"\npath = "/run/x"\nverbose = true\n[policy]\nprofile = "backup"\nallow = ["guest-get-*"]\nblock = "guest-exec"\n[audit]\nfile = "/var/log/x"\njournal = true\nexcept = ["guest-ping"]\n',
    '[[policy.allow-if]]\ncommand = "guest-exec"\npath = ["/bin/true", "ls"]\narg = { equals = ["a", "..."] }\n[[policy.block-if]]\ncommand = "guest-file-open"\npath = { inside = ["/etc"] }\nmode = { one-of = ["w"] }\n',
    '[[policy.limit]]\ncommand = "guest-exec"\nrate = "30/min"\nconcurrency = 2\nbytes = "10 MiB/s"\nper = "connection"\n[plugins.hello]\nisolate = true\nuser = "x"\n[plugins.hello.options]\ngreeting = "a"\n',
    "[plugins]\n",
  ],
  words: TOML_WORDS,
  bounded: 500,
  before: toml.make,
  after: toml.remove,
  async run(input) {
    const file = toml.write("lodger.toml", input);
    const problems = new Problems();
    const { policy } = collectAdminConfig([file], problems);
    const checked = problems.list.length;
    if (problems.errors.length === 0) checkPolicy(policy, COMMANDS, problems);
    const lines = input.toString("latin1").split(/\r\n|\n|\r/).length;
    for (const { origin, text } of problems.list) {
      holds(text !== "" && (origin.line === undefined || (origin.line >= 1 && origin.line <= lines + 1)), "a problem has a place", () =>
        asText({ origin, text }),
      );
    }
    if (problems.errors.length > 0) return undefined;
    const decisions = new Policy(policy);
    for (const command of COMMANDS) {
      const { allowed } = decisions.decide(command);
      const blocked = policy.block.some(({ pattern }) => matches(pattern, command.name));
      holds(!(allowed && blocked), "a block always wins", () => command.name);
      if (allowed && decisions.looksAtArguments(command)) await decisions.rule(command, ARGUMENTS, NO_PLACES);
    }
    return `${checked} warnings`;
  },
};

const MANIFEST: Target = {
  name: "script-manifest",
  covers: ["core/extension/script/", "core/config/section.ts", "core/config/units.ts"],
  seeds: [
    'command = "guest-x"\nsummary = "Says."\nprogram = "/bin/true"\nargs = ["a"]\ntimeout = 5\nuser = "nobody"\nwhile-frozen = true\nprofile = "observe"\nmax-output = "1 MiB"\nconcurrency = 2\n[environment]\nA = "1"\n[arguments.path]\ntype = "string"\nrole = "path"\noptional = true\n[arguments.n]\ntype = "integer"\ndefault = 4\n[returns]\ntype = "object"\n[returns.members.l]\nitems = "bytes"\n',
    'command = "guest-x"\nsummary = "Says."\nprogram = "/bin/true"\n[arguments.l.items]\ntype = "object"\n[arguments.l.items.members.e]\nenum = ["a", "b"]\nsecret = true\n',
  ],
  words: [
    ...TOML_WORDS,
    ..."command summary since program args timeout user while-frozen profile privilege environment max-output concurrency arguments returns type optional default description secret role enum items members".split(
      " ",
    ),
    ...["string", "integer", "number", "boolean", "bytes", "list", "object"].map((type) => `type = "${type}"\n`),
  ],
  bounded: 500,
  before: manifest.make,
  after: manifest.remove,
  run(input) {
    const problems = new Problems();
    const found = readManifest(manifest.write("x.toml", input), problems);
    holds((found === undefined) === problems.errors.length > 0, "a manifest, or what is wrong with it");
    if (found === undefined) return undefined;
    declaredCommands(scriptPlugin(found));
    return "read";
  },
};

const PACKAGE: Target = {
  name: "package-json",
  covers: ["core/extension/discovery.ts"],
  seeds: [
    '{"name":"x","main":"./index.js"}',
    '{"exports":{".":{"import":"./index.js","default":"./x"}},"type":"module"}',
    "null",
    '{"exports":[]}',
  ],
  words: [
    ..."{ } [ ] : , null true 0 . ./ ../ / \\u0000".split(" "),
    '"exports"',
    '"main"',
    '"."',
    '"import"',
    '"default"',
    '"node"',
    '"index"',
    '"."',
  ],
  bounded: 300,
  before: async () => {
    await packages.make();
    mkdirSync(join(packages.path, "sub"));
    packages.write("index.js", "");
  },
  after: packages.remove,
  run(input) {
    packages.write("package.json", input);
    try {
      return entryFile(packages.path).slice(packages.path.length);
    } catch (error) {
      holds(error instanceof Error && error.message.startsWith(packages.path), "an error names the folder or a file in it", () =>
        String(error),
      );
      return "refused";
    }
  },
};

const MODULE: Target = {
  name: "module-format",
  covers: ["core/extension/module-format.ts"],
  seeds: [
    "export default 1;",
    "module.exports = 1;",
    "const a: number = 1; export { a };",
    "import x from 'y'; await x;",
    "enum A { B }",
    "#!/bin/x\n",
  ],
  words: [
    "import ",
    "export ",
    "await ",
    "import.meta",
    "type ",
    ": any",
    "=>",
    "{",
    "}",
    "(",
    ")",
    "`",
    "${",
    "/*",
    "*/",
    "//# sourceURL=",
    "\n\n",
    "<T>",
    "\u2028",
  ],
  maxBytes: 500,
  bounded: 200,
  run(input) {
    // Deep nesting breaks Node's own TypeScript parser for the rest of the process.
    if (input.length > 500) return "too long";
    try {
      return `${moduleText("/x/a.js", input, undefined).format} ${moduleText("/x/a.ts", input, undefined).format}`;
    } catch (error) {
      holds(error instanceof SyntaxError, "text that is no module is a syntax error", () => String((error as Error).stack));
      return "refused";
    }
  },
};

export const CONFIG: readonly Target[] = [KEYFILE, CONF, COMMAND_LINE, POLICY, MANIFEST, PACKAGE, MODULE];
