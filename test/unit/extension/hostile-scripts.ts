/** Scripts that misbehave: what each does, how, and what comes of it. DIR stands for the folder of the scripts. */

/** What the client reads. */
export const failed = (reason: string) => `Command guest-x failed: ${reason}`;
const late = failed("it took longer than 0.7 s, and was ended");
const floods = failed("it printed more than 1048576 bytes, and was ended");
const empty = failed("its output is empty: it has to print one JSON value, {} if there is nothing to say");
/** Neither ends, and both are found by their arguments; the first needs no streams. */
const sleep = `sh -c 'while :; do sleep 0.2; done' "$0"`;
export const hang = 'tail -n 0 -f "$0"';

/** What it does, how, what the client reads or the result, how many processes it leaves, what else its manifest says. */
export const RUNS: readonly (readonly [what: string, program: string, outcome: unknown, left: number, more?: string])[] = [
  ["hangs", `exec ${hang}`, late, 0],
  ["hangs with a megabyte of input unread", `exec ${hang}`, late, 0, '[arguments.data]\ntype = "bytes"\noptional = true\n'],
  ["ignores every signal that it can", `trap '' TERM INT HUP QUIT PIPE USR1 USR2\n${hang} & wait`, late, 0],
  ["stops itself", `kill -STOP $$; echo '{}' # ${hang}`, late, 0],
  ["hangs in a child", `${hang} & wait`, late, 0],
  ["hangs in a child of another group", `set -m; ${hang} & wait`, late, 0],
  ["hangs in a child of another session", `setsid ${hang} & wait`, late, 0],
  ["hangs in a grandchild of two sessions", `setsid sh -c 'setsid tail -n 0 -f "$1" & wait' x "$0" & wait`, late, 0],
  ["has fifty children", `for i in $(seq 50); do ${hang} & done; wait`, late, 0],
  ["starts anew what is ended", `sh -c 'while :; do tail -n 0 -f "$1"; done' x "$0" & while :; do ${hang}; done`, late, 0],
  ["starts anew in another session", `setsid sh -c 'while :; do tail -n 0 -f "$1"; done' x "$0" & wait`, late, 0],
  ["closes all its streams and hangs", `exec <&- >&- 2>&-; ${sleep}`, late, 0],
  ["prints half an answer and hangs", `printf '{"a": '; exec ${hang}`, late, 0],
  ["prints a space now and then, for ever", "while :; do printf ' '; sleep 0.05; done", late, 0],
  ["answers and hangs", `echo '{}'; exec ${hang}`, late, 0],
  ["floods its output", "exec cat /dev/zero", floods, 0],
  ["floods it after it has ended", "yes & echo '{}'", floods, 0],
  ["floods standard error with bytes", "exec cat /dev/zero >&2", late, 0],
  ["floods standard error with lines", "exec yes >&2", late, 0],
  ["closes its output", "exec >&-; exit 0", empty, 0],
  ["prints what only a terminal takes", "printf '\\033[2J\\000\\377'", failed("its output is not UTF-8; bytes are printed as base64"), 0],
  ["kills itself", "kill -KILL $$", failed("ended by SIGKILL"), 0],
  ["kills its whole group", `${hang} & kill -KILL 0`, failed("ended by SIGKILL"), 0],
  ["leaves a child behind with its output", `${hang} & echo '{"a": 1}'`, { a: 1 }, 1],
  ["leaves a daemon behind with its output", `setsid ${hang} & echo '{"a": 1}'`, { a: 1 }, 1],
  ["leaves a daemon behind, and none of its streams", `setsid ${sleep} <&- >&- 2>&- & echo '{"a": 1}'`, { a: 1 }, 1],
  ["would end its parent, as another user", "kill -KILL $PPID || echo '{}'", {}, 0, 'user = "nobody"\n'],
  ["would change itself, as another user", 'echo >>"$0" || echo "{}"; chmod 777 "$0"; true', {}, 0, 'user = "nobody"\n'],
  ["hangs as another user, in another session", `setsid ${hang} & wait`, late, 0, 'user = "nobody"\n'],
];

/** What has become of its file when it is started the next time; how; what the client reads, and the log says. */
export const CHANGED: readonly (readonly [what: string, program: string, error: string])[] = [
  ["has removed itself", 'rm "$0"', "DIR/x: there is no such file: put the program there, or write another 'program'"],
  ["has given itself to another user", 'chown 65534 "$0"', "DIR/x: this belongs to user 65534, who could change it: 'chown root DIR/x'"],
  ["lets others write to it", 'chmod 777 "$0"', "DIR/x: others than its owner may write to it: 'chmod go-w DIR/x'"],
  ["lets a group write to it", 'chmod 775 "$0"', "DIR/x: others than its owner may write to it: 'chmod go-w DIR/x'"],
  ["may not be executed", 'chmod -x "$0"', "DIR/x: it may not be executed: 'chmod +x DIR/x'"],
  ["is a FIFO", 'rm "$0"; mkfifo -m 755 "$0"', "DIR/x: this is no regular file: put the program there"],
  ["is a folder", 'rm "$0"; mkdir "$0"', "DIR/x: this is no regular file: put the program there"],
  ["is a device", 'rm "$0"; mknod -m 755 "$0" c 1 5', "DIR/x: this is no regular file: put the program there"],
  [
    "is a link to another user's file",
    'd=$(dirname "$0"); cp "$0" "$d/y"; chown 65534 "$d/y"; ln -sf y "$0"',
    "DIR/y: this belongs to user 65534, who could change it: 'chown root DIR/y'",
  ],
  ["is a link to itself", 'ln -sf x "$0"', "DIR/x: it can't be opened: ELOOP: too many symbolic links encountered"],
  ["is in a folder of all", 'chmod 777 "$(dirname "$0")"', "DIR: others than its owner may write to it: 'chmod go-w DIR'"],
  ["has lines as on Windows", 'sed -i "s/\\$/\\r/" "$0"', "DIR/x: its lines end as on Windows, and no interpreter is called so"],
  ["lost its interpreter", 'sed -i "1s:/bin/sh:/bin/shh:" "$0"', "/bin/shh: DIR/x needs it, and it isn't there: install it"],
  ["is empty", ': >"$0"', "DIR/x: its first line has to name what runs it: '#!/bin/sh', '#!/usr/bin/python3'"],
  ["is no program", 'printf "\\177ELF\\000" >"$0"', "exit status 127"],
];
