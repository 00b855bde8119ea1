/** What Deno 2.9.6 can't do. */
import type { Limit } from "./limit.ts";

const MODULES = "test/unit/extension/host-modules.test.ts";

export const denoLimits: readonly Limit[] = [
  {
    cannot: "Load plugins that are CommonJS and ask for `lodger/plugin` with `require`. ECMAScript modules and TypeScript work.",
    why: "Deno's `require` asks no hooks for a module that is no file.",
    shownBy: {
      [MODULES]: ["cjs", "js", "cts", "ts"]
        .map((ending) => `every kind of file has the agent's own lodger/plugin > a.${ending}: const { CommandError } = require*`)
        .concat("every kind of file has the agent's own lodger/plugin > a.js: exports.__esModule*"),
      "test/contract/plugins.test.ts": ["plugins in the bundle > every kind of file and folder*"],
    },
  },
  {
    cannot: "Refuse TypeScript that Node couldn't run, such as an enum, and say in one line where a plugin's mistake is.",
    why: "Deno compiles TypeScript instead of taking the types away, and words its errors in its own way, over several lines.",
    shownBy: {
      [MODULES]: ["a syntax error*", "an enum", "a parameter property", "a missing package", "a missing export", "a throw"].map(
        (name) => `what can't be loaded is said in one line > ${name}`,
      ),
      "test/unit/authoring/plugin-cli.test.ts": [
        "lodger plugin check > enum.ts is refused*",
        "lodger plugin check > lacking.mjs is refused*",
      ],
    },
  },
  {
    cannot: "Refuse a TLS key that doesn't belong to its certificate before it connects or listens.",
    why: "Deno compares the two only when a connection begins.",
    shownBy: { "test/unit/cli/call.test.ts": ["over TCP > a key has to belong to its certificate"] },
  },
  {
    cannot: "Run a plugin's tests: `lodger plugin test` says so.",
    why: "Deno's `node:test` runs nothing outside of `deno test`, and says nothing of it.",
    shownBy: {
      "test/contract/bundle.test.ts": [
        "the bundle > for an author of plugins > a new plugin in *",
        "the bundle > for an author of plugins > a test that fails*",
        "the bundle > for an author of plugins > the example systemd-units*",
      ],
    },
  },
  {
    cannot: "Be found by `lodger doctor`, which looks for agents by the program that runs.",
    why: "What runs is `deno`, with options of its own in front.",
    shownBy: { "test/contract/bundle.test.ts": ["the bundle > asks an agent, prints its statistics*"] },
  },
  {
    why: "These suites hang on Deno. An isolated plugin was tried by hand there, and answers.",
    shownBy: {
      "test/contract/isolated.test.ts": "not run",
      "test/contract/isolated-agent.test.ts": "not run",
      "test/contract/isolated-hostile.test.ts": "not run",
    },
  },
  {
    cannot: "Give memory back soon: after 256 MiB of programs' output it keeps some 50 MB more than before.",
    why: "Deno collects later, and takes no hint.",
    shownBy: { "test/contract/exec.test.ts": ["memory > comes back when the status is read"] },
  },
  {
    cannot: "Read or change a user's SSH keys, and run isolated plugins as another user: refused with 'The agent can't become the user'.",
    why: "Deno has no `process.setgroups`, without which the new user would keep root's groups.",
    upstream: "https://github.com/denoland/deno/issues/35073",
    shownBy: {
      "test/contract/home-files.test.ts": ["the program itself is such a process, by an argument that its help doesn't name"],
    },
  },
  {
    why: "Deno's own `open` without confinement leaves O_CREAT out, or refuses O_TRUNC, for what isn't opened for writing. No mode of guest-file-open asks for that.",
    shownBy: {
      "test/unit/os/confined-open.test.ts": ["O_RDONLY|O_CREAT*", "O_APPEND|O_CREAT|O_TRUNC*"].map(
        (flags) => `what is inside is opened as a plain open does it > ${flags}`,
      ),
    },
  },
  {
    why: "These tests start a script of their own by Node's options, which Deno doesn't have.",
    shownBy: {
      "test/unit/authoring/declarations.test.ts": ["lodger-plugin.d.ts > has what the sources publish*"],
      "test/unit/os/home-files.test.ts": [
        "a process that misbehaves > is given nothing but the request",
        "a process that misbehaves > one whose end can't be waited for*",
      ],
      "test/unit/os/memory-lock.test.ts": ["locked memory > is none that the garbage collector gives back*"],
      "test/unit/os/pidfile.test.ts": ["says who the agent is*"],
      "test/unit/os/system-information.test.ts": ['the time zone > "*', "the time zone > is the one of other programs"],
      "test/unit/trusted-file.test.ts": ["what is refused, with the reason > a file system that is mounted where others may write"],
    },
  },
];
