import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../../core/config/command-line.ts";
import { OPTIONS } from "../../../core/config/options.ts";

const HINT = "Unknown option, try '/sbin/lodger --help' for more information.";
const parse = (...args: string[]) => parseCommandLine("/sbin/lodger", args);
const pairs = (...args: string[]) =>
  parse(...args).given.map(({ option, value }) => (value === undefined ? option.name : [option.name, value]));

// each row was seen with qemu-ga -D, but for the options that it doesn't have
describe("arguments", () => {
  it.each([
    [["-pPATH"], [["path", "PATH"]]],
    [["-p", "PATH"], [["path", "PATH"]]],
    [["-p=x"], [["path", "=x"]]],
    [
      ["-p", "--", "-v"],
      [["path", "--"], "verbose"],
    ],
    [["-p", "-v"], [["path", "-v"]]],
    [["--path=P"], [["path", "P"]]],
    [["--path", "P"], [["path", "P"]]],
    [["--path="], [["path", ""]]],
    [["--path", "--verbose"], [["path", "--verbose"]]],
    [["--path=a=b"], [["path", "a=b"]]],
    [
      ["-p", "a", "-p", "b"],
      [
        ["path", "a"],
        ["path", "b"],
      ],
    ],
    [["-dvr"], ["daemonize", "verbose", "retry-path"]],
    [["-dvpZ"], ["daemonize", "verbose", ["path", "Z"]]],
    [
      ["-vp", "x"],
      ["verbose", ["path", "x"]],
    ],
    [["-F"], [["fsfreeze-hook", "/etc/qemu/fsfreeze-hook"]]],
    [["-F", "/x"], [["fsfreeze-hook", "/etc/qemu/fsfreeze-hook"]]],
    [["-F/x"], [["fsfreeze-hook", "/x"]]],
    [["-Fv"], [["fsfreeze-hook", "v"]]],
    [["-vF/x"], ["verbose", ["fsfreeze-hook", "/x"]]],
    [["--fsfreeze-hook=/y"], [["fsfreeze-hook", "/y"]]],
    [["--fsfreeze-hook", "/y"], [["fsfreeze-hook", "/etc/qemu/fsfreeze-hook"]]],
    [["--pat=/x"], [["path", "/x"]]],
    [["--du"], ["dump-conf"]],
    [["--b", "a"], [["block-rpcs", "a"]]],
    [["--blacklist=a"], [["block-rpcs", "a"]]],
    [["--bla", "a"], [["block-rpcs", "a"]]],
    [["--tls-ce", "c"], [["tls-cert", "c"]]],
    [
      ["-c", "f", "--config=g"],
      [
        ["config", "f"],
        ["config", "g"],
      ],
    ],
    [
      ["-a", "x", "--allow-rpcs", "y"],
      [
        ["allow-rpcs", "x"],
        ["allow-rpcs", "y"],
      ],
    ],
    [[""], []],
  ])("%j", (args, expected) => {
    expect(pairs(...args)).toEqual(expected);
    expect(parse(...args).failure).toBeUndefined();
  });

  it("that no option takes are left over", () => {
    expect(parse("foo", "-v", "-", "--", "-d", "--path").rest).toEqual(["foo", "-", "-d", "--path"]);
    expect(pairs("foo", "-v", "-", "--", "-d", "--path")).toEqual(["verbose"]);
  });

  it.each([
    [["--bogus"], "unrecognized option '--bogus'", []],
    [["--bogus=1"], "unrecognized option '--bogus'", []],
    [["-Z"], "invalid option -- 'Z'", []],
    [["-vZd"], "invalid option -- 'Z'", ["verbose"]],
    [["-d", "-p"], "option requires an argument -- 'p'", ["daemonize"]],
    [["--path"], "option '--path' requires an argument", []],
    [["--p=/x"], "option '--p' is ambiguous; possibilities: '--path' '--pidfile'", []],
    [["--ver"], "option '--ver' is ambiguous; possibilities: '--verbose' '--version'", []],
    [["--verbose=3"], "option '--verbose' doesn't allow an argument", []],
    [["-r", "--bogus", "-v"], "unrecognized option '--bogus'", ["retry-path"]],
  ])("%j can't be used", (args, message, before) => {
    const { failure } = parse(...args);
    expect(failure?.message).toBe(message);
    expect(failure?.usage).toBe(HINT);
    expect(pairs(...args)).toEqual(before);
  });

  it("of any kind are parsed or refused, never thrown at", () => {
    const words = fc.oneof(
      fc.string(),
      fc.string().map((text) => `-${text}`),
      fc.string().map((text) => `--${text}`),
    );
    fc.assert(
      fc.property(fc.array(words), (args) => {
        expect(parse(...args)).toHaveProperty("given");
      }),
    );
  });
});

it("no two options share a name, a letter or a key", () => {
  for (const words of [
    OPTIONS.flatMap(({ name, formerly = [] }) => [name, ...formerly]),
    OPTIONS.flatMap(({ letter }) => letter ?? []),
    OPTIONS.flatMap(({ key, formerKeys = [] }) => [key ?? [], ...formerKeys].flat()),
  ]) {
    expect(words).toEqual([...new Set(words)]);
  }
});

describe("qemu-ga's own options", () => {
  // of 10.2 on Linux
  const theirs = [
    ...["help", "version", "dump-conf", "logfile", "pidfile", "fsfreeze-hook", "verbose", "method", "path", "daemonize"],
    ...["block-rpcs", "allow-rpcs", "statedir", "config", "retry-path"],
  ];
  const prefixes = [...new Set(theirs.flatMap((name) => Array.from(name, (_, index) => name.slice(0, index + 1))))];
  const meant = (prefix: string) => theirs.filter((name) => name === prefix || (name.startsWith(prefix) && !theirs.includes(prefix)));

  it.each(prefixes)("--%s means what it means to qemu-ga", (prefix) => {
    const { given, failure } = parse(`--${prefix}`, "value");
    const [only, ...others] = meant(prefix);
    if (others.length === 0) expect(given.map(({ option }) => option.name)).toEqual([only]);
    else expect(failure?.message).toContain(`option '--${prefix}' is ambiguous`);
  });
});

it.each(["lodger-config", "plugin", "plugins", "scripts"] as const)("--%s is an option of ours", (name) => {
  expect(pairs(`--${name}=/x`)).toEqual([[name, "/x"]]);
});
