import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { OsError } from "../../../core/plugin.ts";
import system from "../../../plugins/system/index.ts";
import { parseOsRelease } from "../../../plugins/system/os-release.ts";
import { type FakeFile, FakeFiles } from "../fake-files.ts";
import { commandsOf, RecordedLog } from "../run-command.ts";

const KERNEL = { "kernel-release": "6.1.0-28-amd64", "kernel-version": "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1", machine: "x86_64" };

function guest(tree: Readonly<Record<string, FakeFile>>, zone?: string, offset = 0) {
  const information = {
    hostName: () => "web-1",
    kernel: () => ({ release: KERNEL["kernel-release"], version: KERNEL["kernel-version"], machine: KERNEL.machine }),
    timeZone: () => ({ zone, offset }),
  };
  return commandsOf(system, { system: information, files: new FakeFiles(tree) });
}

afterEach(() => vi.unstubAllEnvs());

/** The distribution as guest-get-osinfo tells it. */
async function distribution(text: string): Promise<object> {
  const {
    "kernel-release": _r,
    "kernel-version": _v,
    machine: _m,
    ...rest
  } = (await guest({ "/etc/os-release": text })("guest-get-osinfo")) as typeof KERNEL;
  return rest;
}

describe("guest-get-osinfo on real systems", () => {
  // What qemu-ga 10.0.13 answers to the same files.
  it.each([
    [
      "Debian",
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\n',
      {
        id: "debian",
        name: "Debian GNU/Linux",
        "pretty-name": "Debian GNU/Linux 12 (bookworm)",
        version: "12 (bookworm)",
        "version-id": "12",
      },
    ],
    [
      "Fedora",
      'NAME="Fedora Linux"\nVERSION="41 (Server Edition)"\nRELEASE_TYPE=stable\nID=fedora\nVERSION_ID=41\nVERSION_CODENAME=""\nPLATFORM_ID="platform:f41"\nPRETTY_NAME="Fedora Linux 41 (Server Edition)"\nANSI_COLOR="0;38;2;60;110;180"\nVARIANT="Server Edition"\nVARIANT_ID=server\n',
      {
        id: "fedora",
        name: "Fedora Linux",
        "pretty-name": "Fedora Linux 41 (Server Edition)",
        version: "41 (Server Edition)",
        "version-id": "41",
        variant: "Server Edition",
        "variant-id": "server",
      },
    ],
    [
      "Alpine",
      'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\nHOME_URL="https://alpinelinux.org/"\n',
      { id: "alpine", name: "Alpine Linux", "pretty-name": "Alpine Linux v3.20", "version-id": "3.20.3" },
    ],
    [
      "Arch",
      'NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n',
      { id: "arch", name: "Arch Linux", "pretty-name": "Arch Linux" },
    ],
    [
      "Red Hat",
      'NAME="Red Hat Enterprise Linux"\nVERSION="9.4 (Plow)"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"\nPRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"\n\nREDHAT_BUGZILLA_PRODUCT="Red Hat Enterprise Linux 9"\n',
      {
        id: "rhel",
        name: "Red Hat Enterprise Linux",
        "pretty-name": "Red Hat Enterprise Linux 9.4 (Plow)",
        version: "9.4 (Plow)",
        "version-id": "9.4",
      },
    ],
  ])("%s", async (_, text, expected) => {
    expect(await distribution(text)).toEqual(expected);
  });

  it("tells the kernel", async () => {
    expect(await guest({ "/etc/os-release": "" })("guest-get-osinfo")).toEqual(KERNEL);
  });
});

describe("os-release", () => {
  it.each([
    ["nothing", "", {}],
    ["no line end", 'NAME="x"\nID=y', { name: "x", id: "y" }],
    ["the last of two", "NAME=one\nNAME=two\n", { name: "two" }],
    ["lines of DOS", 'NAME="Foo Bar"\r\nID=foo\r\n', { name: "Foo Bar", id: "foo" }],
    ["a byte order mark", "\ufeffID=foo\n", { id: "foo" }],
    ["blanks around", '  NAME = Foo \nVERSION="  in  "  \nVARIANT=\t"tab"\n', { name: "Foo", version: "  in  ", variant: "tab" }],
    ["empty values", "NAME=\nID=\"\"\nVERSION=''\nVERSION_ID=;\n", { name: "", id: "", version: "", "version-id": "" }],
    ["escapes", 'NAME="a\\$b\\\'c\\"d\\\\e\\`f"\nID="a\\nb"\nVERSION="$HOME"\n', { name: "a$b'c\"d\\e`f", id: "a\\nb", version: "$HOME" }],
    ["a value that ends in its escape", 'ID="tail\\"\nNAME="back\\', { id: 'tail"', name: "back\\" }],
    ["quotes that aren't closed", 'ID="foo\nNAME=\'bar\nVERSION="\n', { id: "foo", name: "bar", version: "" }],
    ["single quotes", "NAME='Single quoted; \\\"value\\\"'\n", { name: 'Single quoted; \\"value\\"' }],
    ["what follows a quote", 'NAME="Foo" bar\nID="Foo"bar\n', { name: "Foo", id: "Foo" }],
    [
      "no quotes",
      'NAME=two words\nVERSION=a;b\nID=a#b\nVARIANT=a"b c"\nVERSION_ID=x\\"y\n',
      { name: "two", version: "a", id: "a#b", variant: 'a"b', "version-id": 'x\\"y' },
    ],
    ["comments", "# NAME=a\n  # NAME=b\n; NAME=c\n#NAME=d\nNAME=e\n", { name: "e" }],
    ["lines of another kind", "just text\n=x\nID\n[group]\nexport NAME=a\nid=b\nNA ME=c\nID[de]=d\nID=foo\n", { id: "foo" }],
    ["NUL", 'NAME="Fo\0o"\n\0\nID=foo\n', { name: "Foo", id: "foo" }],
    ["other languages", 'NAME="Café ☕ 😀"\n', { name: "Café ☕ 😀" }],
  ])("with %s", async (_, text, expected) => {
    expect(await distribution(text)).toEqual(expected);
  });

  it("takes any text", () => {
    const piece = fc.constantFrom(
      "NAME",
      "=",
      " ",
      "\n",
      "\r",
      '"',
      "'",
      "\\",
      ";",
      "$",
      "`",
      "\0",
      "#",
      "[",
      "]",
      "\ufeff",
      "\ud800",
      "x",
    );
    const hostile = fc.array(piece).map((pieces) => pieces.join(""));
    fc.assert(fc.property(fc.oneof(fc.string(), hostile), (text) => parseOsRelease(text) instanceof Map));
  });

  it("reads back whatever a distribution quotes as os-release(5) says", () => {
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom("$", "'", '"', "\\", "`", ";", " ", "é", "😀")).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (value) => {
        const quoted = value.replace(/[$'"\\`]/g, "\\$&");
        expect(parseOsRelease(`NAME="${quoted}"\nID=x`).get("NAME")).toBe(value);
      }),
    );
  });

  it("takes megabytes of a value", () => {
    const text = `NAME="${"\\\\".repeat(500_000)}"\nID=x\n`;
    expect(parseOsRelease(text).get("NAME")).toHaveLength(500_000);
  });
});

describe("which os-release", () => {
  const etc = { "/etc/os-release": "ID=etc" };
  const usr = { "/usr/lib/os-release": "ID=usr" };
  const named = { "/run/named": "ID=named" };

  it.each<[string, Record<string, FakeFile>, string | undefined, string | undefined]>([
    ["/etc first", { ...etc, ...usr }, undefined, "etc"],
    ["/usr/lib without it", usr, undefined, "usr"],
    ["/usr/lib if the link is broken", { "/etc/os-release": { link: "../nowhere" }, ...usr }, undefined, "usr"],
    [
      "/usr/lib if it is not allowed",
      { "/etc/os-release": new OsError("EACCES", 13, "Permission denied", "open"), ...usr },
      undefined,
      "usr",
    ],
    ["the one that the environment names", { ...etc, ...named }, "/run/named", "named"],
    ["no other than that", { ...etc, ...usr }, "/run/missing", undefined],
  ])("%s", async (_, tree, environment, id) => {
    vi.stubEnv("QGA_OS_RELEASE", environment);
    expect(await guest(tree)("guest-get-osinfo")).toEqual(id === undefined ? KERNEL : { ...KERNEL, id });
  });

  it("says in the log that there is none", async () => {
    const log = new RecordedLog();
    expect(await guest({})("guest-get-osinfo", {}, { log })).toEqual(KERNEL);
    expect(log.lines).toEqual([
      "warning: guest-get-osinfo: the distribution is unknown, because no os-release can be read: " +
        "/etc/os-release (No such file or directory), /usr/lib/os-release (No such file or directory)",
    ]);
  });
});

describe("guest-get-host-name", () => {
  it("answers the name", async () => expect(await guest({})("guest-get-host-name")).toEqual({ "host-name": "web-1" }));
});

describe("guest-get-timezone", () => {
  it("answers abbreviation and offset", async () => {
    expect(await guest({}, "NST", -12600)("guest-get-timezone")).toEqual({ zone: "NST", offset: -12600 });
  });

  it("leaves an abbreviation out that isn't there", async () => {
    const answer = (await guest({}, undefined, 3600)("guest-get-timezone")) as object;
    expect(Object.keys(answer)).toEqual(["offset"]);
  });
});
