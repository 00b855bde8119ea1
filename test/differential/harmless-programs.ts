/** What guest-exec may start here: programs that print and end, scripts of this list, and what can't be started. */

/** As in JSON. */
export const SCRIPTS = {
  both: "printf out; printf err >&2",
  onlyOut: "printf out",
  onlyErr: "printf err >&2",
  inTurns: "printf 1; printf 2 >&2; printf 3; printf 4 >&2",
  input: "printf 'to err' >&2; cat",
  status3: "exit 3",
  status255: "exit 255",
  status256: "exit 256",
  killed: "kill -9 $$",
  terminated: "kill -15 $$",
  crashed: "kill -11 $$",
  byPipe: "kill -13 $$",
  killedAfterOutput: "printf out; kill -9 $$",
  binary: "printf '\\\\000\\\\001\\\\377\\\\n'",
  environment: 'printf \'%s|%s|%s\' \\"$A\\" \\"$B\\" \\"$PATH\\"',
  marker: "cat marker",
  descriptors: "ls /proc/$$/fd",
  input0: "readlink /proc/$$/fd/0",
  signals: "grep -E '^SigIgn' /proc/$$/status",
  umask: "umask",
  limit: "head -c 16777216 /dev/zero",
  muchErr: "head -c 16777220 /dev/zero >&2; printf out",
  background: "sleep 0.4 & printf early",
  backgroundOutput: "{ sleep 0.3; printf late; } & printf early",
  wait: "sleep 3; printf done",
  countInput: "wc -c",
  ignoresInput: "printf ignored",
  someInput: "head -c 5",
} as const;

const SCRIPT: ReadonlySet<string> = new Set(Object.values(SCRIPTS));
const PROGRAM =
  /^(?:(?:\/usr)?\/bin\/)?(?:true|false|echo|printf|cat|env|pwd|id|head|wc|x?|no-such-program(?:\\.|[^"\\])*|(?:\.\/|folder\/)?lodger-[a-z-]*)$/;
/** Folders, what isn't executable, and what isn't there. */
const NO_PROGRAM = /^(?:\/|\.|\.\.|\/etc|\/etc\/passwd|\/nowhere(?:\\.|[^"\\])*|\/bin\/true\/x|folder)$/;
const PATH = /["']path["']\s*:\s*(?:"((?:[^"\\]|\\.)*)"|(')?)/g;
const SHELL = /"path":"\/bin\/sh","arg":\["-c","((?:[^"\\]|\\.)*)"/;

/** @param request from `"guest-exec"` on. */
export function isHarmlessProgram(request: string): boolean {
  const script = SHELL.exec(request)?.[1];
  for (const [, path, quote] of request.matchAll(PATH)) {
    if (quote !== undefined) return false;
    if (path === "/bin/sh" && script !== undefined && SCRIPT.has(script)) continue;
    if (path !== undefined && !PROGRAM.test(path) && !NO_PROGRAM.test(path)) return false;
  }
  return true;
}
