/** Command line over lodger.toml over qemu-ga.conf, and what of it is remembered for who wants to know the line. */
import { describe, expect, it } from "vitest";
import { dumpSettings } from "../../../core/config/dump.ts";
import { originText } from "../../../core/config/problems.ts";
import { parseStart, type RunStart } from "../../../core/config/start.ts";
import { StartError } from "../../../core/config/start-error.ts";
import { allRules } from "../../../core/policy/qemu-lists.ts";
import { read } from "./toml-files.ts";

function start(toml: string, conf: string, ...args: readonly string[]): RunStart {
  const { config, errors } = read({ "lodger.toml": toml });
  expect(errors).toEqual([]);
  const result = parseStart({
    program: "lodger",
    args,
    environment: {},
    admin: config,
    defaultPaths: new Map([
      ["virtio-serial", "/port"],
      ["unix-listen", undefined],
    ]),
    readFile: () => Buffer.from(`[general]\n${conf}\n`),
  });
  if (result.action !== "run") throw new Error(result.action);
  return result;
}

describe("a text, a number, a flag", () => {
  it.each([
    ["", "path=/conf", [], "/conf"],
    ['path = "/toml"', "path=/conf", [], "/toml"],
    ['path = "/toml"', "path=/conf", ["-p", "/line"], "/line"],
    ['path = "/toml"', "", [], "/toml"],
  ])("%j over %j under %j", (toml, conf, args, path) => {
    expect(start(`[agent]\n${toml}`, conf, ...args).settings.path).toBe(path);
  });

  it("is replaced by the stronger, also by false", () => {
    expect(start("[agent]\nverbose = false", "verbose=true").settings.verbose).toBe(false);
    expect(start("[agent]\nverbose = false", "verbose=true", "-v").settings.verbose).toBe(true);
    expect(start("[agent]\nfreeze-lease = 0", "freeze-lease=5").settings.freeze.leaseMs).toBeUndefined();
    expect(start("[agent]\nvsock-peers = [2, 3]", "vsock-peers=any").settings.vsockPeers).toEqual([2, 3]);
  });
});

describe("lists", () => {
  const toml = '[agent]\nblock-rpcs = ["t1", "t2"]\nfreeze-exclude = ["/t"]\n';
  const { settings, origins, admin } = start(toml, "block-rpcs=c1,c2\nfreeze-exclude=/c", "-b", "l1,l2", "--freeze-exclude=/l", "-b", "l3");

  it("grow, each source as qemu-ga keeps it", () => {
    expect(settings.blockRpcs).toEqual(["c2", "c1", "t2", "t1", "l2", "l1", "l3"]);
    expect(settings.freeze.exclude.toSorted()).toEqual(["/c", "/l", "/t"]);
  });

  it("remember where each item stands", () => {
    const places = origins.blockRpcs.map(originText);
    expect(places.slice(0, 2)).toEqual(["/etc/qemu/qemu-ga.conf:2", "/etc/qemu/qemu-ga.conf:2"]);
    expect(places.slice(2, 4)).toEqual([expect.stringMatching(/lodger\.toml:2$/), expect.stringMatching(/lodger\.toml:2$/)]);
    expect(places.slice(4)).toEqual(["the command line", "the command line", "the command line"]);
    const rules = allRules({ settings, admin, origins }).blockOnly.map(({ pattern, origin }) => `${pattern} ${originText(origin)}`);
    expect(rules[1]).toBe("c1 /etc/qemu/qemu-ga.conf:2");
    expect(rules.at(-1)).toBe("l3 the command line");
  });

  it("and all else are in what -D prints", () => {
    const dumped = dumpSettings(
      start('[agent]\nmethod = "unix-listen"\npath = "/s"\nfreeze-lease = 5\nblock-rpcs = ["a", "b"]', "").settings,
    );
    for (const line of ["method=unix-listen", "path=/s", "freeze-lease=5", "block-rpcs=b,a"]) expect(dumped).toContain(`\n${line}\n`);
  });
});

describe("what can't be used", () => {
  it("is told all at once, with its line where a file says it", () => {
    const wrong = () =>
      start(
        '[agent]\nmethod = "pigeon"\nfreeze-lease = -1\ntls-key = "/k"',
        "freeze-timeout=x\nverbose=maybe\nretry-path=no",
        "--vsock-peers=x",
      );
    expect(wrong).toThrow(StartError);
    try {
      wrong();
    } catch (error) {
      const lines = (error as StartError).lines.map((line) => line.replace(/^\S*lodger\.toml/, "lodger.toml"));
      expect(lines).toEqual([
        "/etc/qemu/qemu-ga.conf:4: the value of 'retry-path' is 'no': write true or false",
        "/etc/qemu/qemu-ga.conf:3: the value of 'verbose' is 'maybe': write true or false",
        "lodger.toml:2: unsupported channel method/type: pigeon; --method is one of virtio-serial, unix-listen",
        "mutual TLS also needs --tls-cert and --tls-ca: give all of --tls-cert, --tls-key and --tls-ca, or none",
        "--vsock-peers: 'x' is no list of CIDs: write numbers up to 4294967294 with commas between, or 'any'",
        "lodger.toml:3: --freeze-lease: '-1' is no number of seconds: write one from 0 to 2000000",
        "/etc/qemu/qemu-ga.conf:2: --freeze-timeout: 'x' is no number of seconds: write one from 1 to 2000000",
      ]);
    }
  });
});
