/** What Bun 1.4.5 can't do. */
import type { Limit } from "./limit.ts";

const MODULES = "test/unit/extension/host-modules.test.ts";

export const bunLimits: readonly Limit[] = [
  {
    cannot:
      "Refuse TypeScript that Node couldn't run, such as an enum, and say where a plugin throws while it is loaded. An import whose path is made at run time is not checked for trust.",
    why: "Bun has no `module.registerHooks`: its bundler makes one module of a plugin's files, which are read and checked one by one, and that module has no file.",
    upstream: "https://github.com/oven-sh/bun/issues/27369",
    shownBy: {
      [MODULES]: ["an enum", "a parameter property", "a missing package in CommonJS", "a missing export", "a throw"].map(
        (name) => `what can't be loaded is said in one line > ${name}`,
      ),
      "test/unit/authoring/plugin-cli.test.ts": ["lodger plugin check > enum.ts is refused*"],
      "test/contract/isolated.test.ts": ["an isolated plugin > throws for the client what it means to*"],
    },
  },
  {
    cannot:
      "Hold a plugin in the agent's own process that starts a thread which throws: the agent ends, and is started again by its service. A rejected promise that nobody handles is not told of. `isolate = true` keeps either away from the agent.",
    why: "Bun tells `uncaughtException` and `unhandledRejection` less than Node does. The log words what can't be loaded in Bun's way, too.",
    shownBy: { "test/contract/plugins-hostile.test.ts": "not run" },
  },
  {
    cannot: "Run a plugin's tests: `lodger plugin test` says so.",
    why: "Bun has `node:test` only within its own `bun test`.",
    shownBy: {
      "test/contract/bundle.test.ts": [
        "the bundle > for an author of plugins > a new plugin in *",
        "the bundle > for an author of plugins > a test that fails*",
        "the bundle > for an author of plugins > the example systemd-units*",
      ],
    },
  },
  {
    cannot: "Say why a TLS key doesn't fit in OpenSSL's words: it says KEY_VALUES_MISMATCH.",
    why: "Bun has BoringSSL.",
    shownBy: { "test/unit/cli/call.test.ts": ["over TCP > a key has to belong to its certificate"] },
  },
  {
    why: "Vitest runs in worker threads on Bun (its processes need `unref` of a child's channel, which Bun lacks), and those hear of no SIGCHLD. The contract tests run programs in the agent itself.",
    upstream: "https://github.com/oven-sh/bun/issues/27002",
    shownBy: {
      "test/unit/os/child-processes.test.ts": "not run",
      "test/unit/os/processes.test.ts": "not run",
      "test/unit/extension/script-hostile.test.ts": "not run",
      "test/unit/extension/script-runs.test.ts": "not run",
    },
  },
  {
    why: "In Bun's worker threads `process.chdir` and `process.umask` throw, as in Node's; on Node vitest runs in processes.",
    shownBy: {
      "test/unit/os/confined.test.ts": ["spellings of a path > *"],
      "test/unit/os/confined-folders.test.ts": ["a changing tree > a working directory that was removed"],
      "test/unit/os/confined-open.test.ts": ["what is inside is opened as a plain open does it > makes a file with the mode asked for*"],
      "test/unit/os/home-files-steps.test.ts": ["one file in one folder > is made with its folder*"],
    },
  },
];
