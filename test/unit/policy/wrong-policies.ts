/** Policies that are wrong: what stands below `[policy]` of `1.toml`, each with all that is said about it. */

export type WrongPolicy = readonly [text: string, ...problems: readonly string[]];

/** Profiles and names of commands. */
export const WRONG_NAMES: readonly WrongPolicy[] = [
  ['profil = "observe"', "1.toml:1: 'profil' is unknown in [policy]; is 'profile' meant?"],
  ["colour = 1", "1.toml:1: 'colour' is unknown in [policy]; there are profile, allow, block, allow-if, block-if, limit"],
  ['profile = "obsrve"', "1.toml:1: there is no profile 'obsrve'; is 'observe' meant?"],
  ['profile = "everything"', "1.toml:1: there is no profile 'everything'; there are none, observe, backup, standard, full"],
  ["profile = 1", "1.toml:1: 'profile' of [policy] is 1: write one of none, observe, backup, standard, full"],
  ['profile = ["observe"]', "1.toml:1: 'profile' of [policy] is a list: write …"],
  [
    "allow = []",
    '1.toml:1: \'allow\' of [policy] is an empty list: write names or patterns of commands: ["guest-get-*", "guest-info"], or leave it out',
  ],
  ["allow = 1", '1.toml:1: \'allow\' of [policy] has 1 in it: write names or patterns of commands: ["guest-get-*", "guest-info"]'],
  ["allow = true", "1.toml:1: 'allow' of [policy] has true in it: write …"],
  ['allow = ["guest-ping",\n\n2]', "1.toml:3: 'allow' of [policy] has 2 in it: write …"],
  ['allow = [["guest-ping"]]', "1.toml:1: 'allow' of [policy] has a list in it: write …"],
  ["allow = {a = 1}", "1.toml:1: 'allow' of [policy] is a table: write …"],
  ['allow = ""', "1.toml:1: a name of a command is empty: write …"],
  [
    'allow = "Guest-Ping"',
    "1.toml:1: \"Guest-Ping\" can be no command: names have lower-case letters, digits and '-'; is 'guest-ping' meant?",
  ],
  [
    'allow = "guest_ping"',
    "1.toml:1: \"guest_ping\" can be no command: names have lower-case letters, digits and '-'; is 'guest-ping' meant?",
  ],
  [
    'block = "guest-ping "',
    "1.toml:1: \"guest-ping \" can be no command: names have lower-case letters, digits and '-'; is 'guest-ping' meant?",
  ],
  [
    'block = "guest-ping,guest-info"',
    "1.toml:1: \"guest-ping,guest-info\" can be no command: names have lower-case letters, digits and '-'",
  ],
  ['block = "guest-[a-z]*"', "1.toml:1: \"guest-[a-z]*\" can be no command: names have lower-case letters, digits and '-'"],
  ['block = "gues\u00adt"', "1.toml:1: \"gues\u00adt\" can be no command: names have lower-case letters, digits and '-'"],
  ['block = "-ping"', "1.toml:1: \"-ping\" can be no command: names begin with a letter, and '-' stands between words"],
  ['block = "guest-"', "1.toml:1: \"guest-\" can be no command: names begin with a letter, and '-' stands between words"],
  ['block = "guest--x"', "1.toml:1: \"guest--x\" can be no command: names begin with a letter, and '-' stands between words"],
  ['block = "1*"', "1.toml:1: \"1*\" can be no command: names begin with a letter, and '-' stands between words"],
  [`block = "${"a".repeat(65)}"`, '1.toml:1: "…" can be no command: names have at most 64 characters'],
];

/** Rules on arguments. */
export const WRONG_CONDITIONS: readonly WrongPolicy[] = [
  [
    "[allow-if]\ncommands = 1",
    "1.toml:1: 'allow-if' of [policy] is a table: write each as a table of its own, below a line [[policy.allow-if]]",
  ],
  ["allow-if = []", "1.toml:1: 'allow-if' of [policy] is a list: write …"],
  ["block-if = [1]", "1.toml:1: 'block-if' of [policy] is a list: write each as a table of its own, below a line [[policy.block-if]]"],
  ['[[allow-if]]\narguments.path.like = "a"', "1.toml:1: [[policy.allow-if]] has no 'commands': write …"],
  [
    '[[allow-if]]\ncommands = "guest-exec"\n',
    "1.toml:1: [[policy.allow-if]] has no conditions: write arguments.NAME.CONDITION = …; for any arguments, add the commands to 'allow' of [policy]",
  ],
  [
    '[[block-if]]\ncommands = "guest-exec"\n',
    "1.toml:1: [[policy.block-if]] has no conditions: write arguments.NAME.CONDITION = …; for any arguments, add the commands to 'block' of [policy]",
  ],
  ['[[block-if]]\ncommands = "guest-exec"\narguments = {}', "1.toml:1: [[policy.block-if]] has no conditions: write …"],
  ['[[block-if]]\ncommands = "guest-exec"\narguments = 1', "1.toml:3: 'arguments' of [[policy.block-if]] is 1: write …"],
  [
    '[[allow-if]]\ncommands = "guest-exec"\nargument.path.like = "a"',
    "1.toml:3: 'argument' is unknown in [[policy.allow-if]]; is 'arguments' meant?",
    "1.toml:1: [[policy.allow-if]] has no conditions: write …",
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path = "/bin/df"',
    "1.toml:3: 'arguments.path' of [[policy.allow-if]] is \"/bin/df\": write a condition behind the name, such as arguments.path.one-of = […]",
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path = {}',
    "1.toml:3: 'arguments.path' has no condition: there are one-of, like, sequence, inside, program, at-most, at-least, absent",
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.programs = ["/bin/df"]',
    "1.toml:3: 'programs' is unknown in 'arguments.path'; is 'program' meant?",
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.program = []',
    "1.toml:3: 'program' of 'arguments.path' is an empty list: write absolute paths of programs: [\"/usr/bin/uptime\"], or leave it out",
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.program = ["df"]',
    '1.toml:3: "df" is not an absolute path: write absolute paths of programs: ["/usr/bin/uptime"]',
  ],
  ['[[allow-if]]\ncommands = "guest-exec"\narguments.path.program = ["./df"]', '1.toml:3: "./df" is not an absolute path: write …'],
  ['[[allow-if]]\ncommands = "guest-exec"\narguments.path.program = ["/usr/bin/"]', '1.toml:3: "/usr/bin/" is a folder: write …'],
  ['[[allow-if]]\ncommands = "guest-exec"\narguments.path.program = ["/"]', '1.toml:3: "/" is a folder: write …'],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.program = ["/usr/../bin/df"]',
    "1.toml:3: \"/usr/../bin/df\" has '.' or '..' in it: write the path without",
  ],
  ['[[allow-if]]\ncommands = "guest-exec"\narguments.path.program = [1]', "1.toml:3: 'program' of 'arguments.path' has 1 in it: write …"],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.inside = ["srv"]',
    '1.toml:3: "srv" is not an absolute path: write absolute paths: ["/srv/data"]',
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.inside = ["/srv/./data"]',
    "1.toml:3: \"/srv/./data\" has '.' or '..' in it: write the path without",
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.inside = ["/srv\\u0000"]',
    '1.toml:3: "/srv\\u0000" has a NUL character, which no path has: leave it out',
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.inside = ["/srv/*"]',
    '1.toml:3: warning: "/srv/*": a path takes no patterns, so * and ? are part of its name',
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.one-of = []',
    "1.toml:3: 'one-of' of 'arguments.path' is a list: it is empty: write the values that may be: [\"a\", 1, true]",
  ],
  ['[[allow-if]]\ncommands = "guest-exec"\narguments.path.one-of = [2020-01-01]', "1.toml:3: 'one-of' has a date in it: write …"],
  ['[[allow-if]]\ncommands = "guest-exec"\narguments.path.one-of = {a = 1}', "1.toml:3: 'one-of' of 'arguments.path' is a table: write …"],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.like = []',
    "1.toml:3: 'like' of 'arguments.path' is an empty list: write texts, with * and ? as you need them: [\"a*\", \"b\"], or leave it out",
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.path.like = [true]',
    "1.toml:3: 'like' of 'arguments.path' has true in it: write texts, with * and ? as you need them: [\"a*\", \"b\"]",
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.arg.sequence = ["...", "a"]',
    '1.toml:3: "..." stands for any more items, so it can only be the last of a sequence',
  ],
  ['[[allow-if]]\ncommands = "guest-exec"\narguments.arg.at-most = "3"', "1.toml:3: 'at-most' of 'arguments.arg' is \"3\": write a number"],
  ['[[allow-if]]\ncommands = "guest-exec"\narguments.arg.at-least = nan', "1.toml:3: 'at-least' of 'arguments.arg' is NaN: write a number"],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.arg.absent = false',
    "1.toml:3: 'absent' of 'arguments.arg' is false: write true, or leave it out: any other condition wants the argument to be there",
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.arg = { absent = true, at-most = 3 }',
    "1.toml:3: 'arg' can't be absent and something else: remove one, or write two rules",
  ],
  [
    '[[allow-if]]\ncommands = "guest-exec"\narguments.arg = { at-least = 4, at-most = 3 }',
    "1.toml:3: 'arg' can't be at least 4 and at most 3: this rule never matches",
  ],
];

/** Limits, and everything at once. */
export const WRONG_LIMITS: readonly WrongPolicy[] = [
  ["[[limit]]", "1.toml:1: [[policy.limit]] limits nothing: write one or more of rate, concurrency, bytes, request-bytes"],
  ['[[limit]]\nrate = "30"', '1.toml:2: \'rate\' of [[policy.limit]] is "30": write a number and a time, /s, /min or /h, such as "30/min"'],
  ['[[limit]]\nrate = "30/day"', "1.toml:2: 'rate' of [[policy.limit]] is \"30/day\": write …"],
  ['[[limit]]\nrate = "0/s"', "1.toml:2: 'rate' of [[policy.limit]] is \"0/s\": write …"],
  ['[[limit]]\nrate = "-1/s"', "1.toml:2: 'rate' of [[policy.limit]] is \"-1/s\": write …"],
  ['[[limit]]\nrate = "1.5/s"', "1.toml:2: 'rate' of [[policy.limit]] is \"1.5/s\": write …"],
  ['[[limit]]\nrate = "99999999999/s"', "1.toml:2: 'rate' of [[policy.limit]] is \"99999999999/s\": write …"],
  ["[[limit]]\nrate = 30", "1.toml:2: 'rate' of [[policy.limit]] is 30: write …"],
  [
    '[[limit]]\nbytes = "1 MiB"',
    '1.toml:2: \'bytes\' of [[policy.limit]] is "1 MiB": write a number and B, KiB, MiB or GiB, and a time, /s, /min or /h, such as "100 MiB/min"',
  ],
  ['[[limit]]\nbytes = "1 MB/min"', "1.toml:2: 'bytes' of [[policy.limit]] is \"1 MB/min\": write …"],
  ['[[limit]]\nbytes = "0 MiB/min"', "1.toml:2: 'bytes' of [[policy.limit]] is \"0 MiB/min\": write …"],
  [
    '[[limit]]\nrequest-bytes = "lots"',
    '1.toml:2: \'request-bytes\' of [[policy.limit]] is "lots": write a number and B, KiB, MiB or GiB, such as "256 MiB"',
  ],
  ['[[limit]]\nrequest-bytes = "0 B"', "1.toml:2: 'request-bytes' of [[policy.limit]] is \"0 B\": write …"],
  [
    "[[limit]]\nconcurrency = 0",
    "1.toml:2: 'concurrency' of [[policy.limit]] is 0: write a whole number, 1 or more; 'block' is there for none at all",
  ],
  ["[[limit]]\nconcurrency = 1.5", "1.toml:2: 'concurrency' of [[policy.limit]] is 1.5: write …"],
  ['[[limit]]\nconcurrency = "4"', "1.toml:2: 'concurrency' of [[policy.limit]] is \"4\": write …"],
  [
    '[[limit]]\nrate = "1/s"\nper = "client"',
    '1.toml:3: \'per\' of [[policy.limit]] is "client": write "agent" (all connections share it) or "connection" (each has its own)',
  ],
  ['[[limit]]\nrate = "1/s"\ncommands = []', "1.toml:3: 'commands' of [[policy.limit]] is an empty list: write …"],
  [
    '[[limit]]\nrates = "1/s"',
    "1.toml:2: 'rates' is unknown in [[policy.limit]]; is 'rate' meant?",
    "1.toml:1: [[policy.limit]] limits nothing: write …",
  ],
  [
    'profil = 1\nallow = []\n[[limit]]\nrate = "x"',
    "1.toml:1: 'profil' is unknown in [policy]; is 'profile' meant?",
    "1.toml:2: 'allow' of [policy] is an empty list: write …",
    "1.toml:4: 'rate' of [[policy.limit]] is \"x\": write …",
  ],
];
