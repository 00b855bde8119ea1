/** What Bun 1.4.5 can't do. */
import type { Limit } from "./limit.ts";

export const bunLimits: readonly Limit[] = [
  {
    cannot: "Load plugins from files: each is left out with an error. Plugins that are built in work, and so do script commands.",
    why: "Bun has no `module.registerHooks`, by which the agent reads and checks every file of a plugin before it runs.",
    upstream: "https://github.com/oven-sh/bun/issues/27369",
    shownBy: {
      "test/unit/extension/host-modules.test.ts": "not run",
      "test/unit/authoring/plugin-cli.test.ts": "not run",
      "test/contract/plugins.test.ts": "not run",
      "test/contract/plugins-hostile.test.ts": "not run",
      "test/contract/isolated.test.ts": "not run",
      "test/contract/isolated-agent.test.ts": "not run",
      "test/contract/isolated-hostile.test.ts": "not run",
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
