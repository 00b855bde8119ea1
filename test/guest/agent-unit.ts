import type { Machine } from "./machine.ts";

/** Lines for the agent's unit until `undo`; in /run, as everything the tests leave in the guest. */
export async function overrideUnit(machine: Machine, lines: readonly string[]): Promise<() => Promise<void>> {
  const folder = "/run/systemd/system/lodger.service.d";
  const text = ["[Service]", ...lines].map((line) => `'${line}'`).join(" ");
  await machine.shell.out(
    `mkdir -p ${folder}; printf '%s\\n' ${text} >${folder}/test.conf; systemctl daemon-reload; systemctl restart lodger`,
    60,
  );
  return async () => {
    await machine.shell.out(`rm -r ${folder}; systemctl daemon-reload; systemctl reset-failed lodger; systemctl restart lodger`, 60);
  };
}

/** systemd's record of the agent's process. */
export async function unitState(machine: Machine): Promise<Readonly<Record<string, string>>> {
  const names = "ActiveState,Result,MainPID,ExecMainCode,ExecMainStatus,ActiveExitTimestampMonotonic,ExecMainExitTimestampMonotonic";
  const lines = await machine.shell.out(`systemctl show -p ${names} lodger`);
  return Object.fromEntries(lines.split("\n").map((line) => line.split("=", 2) as [string, string]));
}
