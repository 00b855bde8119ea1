/** os-release files of distributions, and odd ones. */

export const RELEASES: Readonly<Record<string, string>> = {
  "Debian 12": `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`,
  "Ubuntu 24.04": `PRETTY_NAME="Ubuntu 24.04.1 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.1 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
HOME_URL="https://www.ubuntu.com/"
UBUNTU_CODENAME=noble
LOGO=ubuntu-logo
`,
  "Fedora 41 Server": `NAME="Fedora Linux"
VERSION="41 (Server Edition)"
RELEASE_TYPE=stable
ID=fedora
VERSION_ID=41
VERSION_CODENAME=""
PLATFORM_ID="platform:f41"
PRETTY_NAME="Fedora Linux 41 (Server Edition)"
ANSI_COLOR="0;38;2;60;110;180"
CPE_NAME="cpe:/o:fedoraproject:fedora:41"
VARIANT="Server Edition"
VARIANT_ID=server
`,
  "RHEL 9": `NAME="Red Hat Enterprise Linux"
VERSION="9.4 (Plow)"
ID="rhel"
ID_LIKE="fedora"
VERSION_ID="9.4"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"
REDHAT_BUGZILLA_PRODUCT="Red Hat Enterprise Linux 9"
`,
  "Alpine 3.20": `NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.20.3
PRETTY_NAME="Alpine Linux v3.20"
HOME_URL="https://alpinelinux.org/"
`,
  "Arch Linux": `NAME="Arch Linux"
PRETTY_NAME="Arch Linux"
ID=arch
BUILD_ID=rolling
ANSI_COLOR="38;2;23;147;209"
`,
  "openSUSE Tumbleweed": `NAME="openSUSE Tumbleweed"
# VERSION="20241004"
ID="opensuse-tumbleweed"
ID_LIKE="opensuse suse"
VERSION_ID="20241004"
PRETTY_NAME="openSUSE Tumbleweed"
`,
};

const one = (value: string) => `NAME=${value}\n`;

export const ODD_RELEASES: Readonly<Record<string, string>> = {
  empty: "",
  "only a newline": "\n",
  "only comments": "# a\n# b\n",
  "blank lines and spaces": "\n\n  NAME=spaces in front\n\tID=tab\nVERSION = spaces around \n\n",
  "no newline at the end": "NAME=x",
  "carriage returns": 'NAME="x"\r\nID=y\r\n',
  "an empty value": one(""),
  "empty quotes": one('""'),
  "single quotes": one("'single quoted'"),
  "single quotes without blanks": one("'single'"),
  "unquoted with blanks": one("two words"),
  "unquoted with a semicolon": one("a;b"),
  "quoted with a semicolon": one('"a;b"'),
  "an escaped quote": one('"a \\"quoted\\" word"'),
  "an escaped backslash": one('"a\\\\b"'),
  "an escaped dollar": one('"a\\$b"'),
  "an escaped backtick": one('"a\\`b"'),
  "an escaped single quote": one('"a\\\'b"'),
  "an escaped n": one('"a\\nb"'),
  "an escaped t, unquoted": one("a\\tb"),
  "an escaped blank, unquoted": one("a\\sb"),
  "an escaped backslash, unquoted": one("a\\\\b"),
  "text behind the quotes": one('"abc"def'),
  "text before the quotes": one('abc"def"'),
  "a comment behind": one("abc # comment"),
  "a comment behind quotes": one('"abc" # comment'),
  "equals in a value": one("a=b=c"),
  "in UTF-8": one('"caf\xc3\xa9 \xe2\x82\xac"'),
  "a control character": one('"a\x01b"'),
  "the key twice": "NAME=a\nNAME=b\n",
  "lower case": "name=x\n",
  export: "export NAME=a\nID=b\n",
  "a key with a language": "NAME[de]=a\nNAME=b\n",
  "a long value": one(`"${"x".repeat(20_000)}"`),
  "many lines": `${Array.from({ length: 5000 }, (_, n) => `KEY_${n}=${n}\n`).join("")}NAME=last\n`,
  binary: "\x7fELF\x02\x01\x01\0\0\0\0",
};

/** What no distribution has. */
export const MALFORMED_RELEASES: Readonly<Record<string, string>> = {
  "no end of the quotes": one('"abc'),
  "a value of one quote": one('"'),
  "a backslash at the end": one('"abc\\'),
  "not in UTF-8": one('"caf\xe9"'),
  "not in UTF-8, unquoted": one("caf\xe9"),
  "a NUL": 'NAME="a\0b"\nID=x\n',
  "a byte order mark": "\xef\xbb\xbfNAME=x\nID=y\n",
  "a line without equals": "NAME=a\ngarbage\nID=b\n",
  "a line with only equals": "NAME=a\n=b\nID=c\n",
  "a group": "NAME=a\n[other]\nID=b\n",
};
