import { expect, test } from "vitest";
import type { SharedGuest } from "../shared-guest.ts";

interface Finding {
  readonly status: string;
  readonly seen: string;
  readonly advice?: string;
}

async function doctor({
  machine,
}: SharedGuest): Promise<{ readonly exit: number; readonly of: (name: string) => readonly Finding[]; readonly bad: readonly string[] }> {
  const { status, stdout, stderr } = await machine.shell.run("lodger doctor --json", 60);
  if (stdout === "") throw new Error(stderr);
  const { checks } = JSON.parse(stdout) as { checks: readonly { readonly name: string; readonly findings: readonly Finding[] }[] };
  const bad = checks.flatMap(({ name, findings }) =>
    findings.filter((each) => !["ok", "not applicable"].includes(each.status)).map((each) => `${each.status}: ${name}: ${each.seen}`),
  );
  return { exit: status, of: (name) => checks.find((each) => each.name === name)?.findings ?? [], bad };
}

/** `lodger doctor` where there is a real port and a real service. */
export function doctorChecks(guest: SharedGuest): void {
  test("lodger doctor: all is well, but that nobody keeps the clock", async () => {
    await guest.machine.withAgent((agent) => agent.call("guest-ping"));
    const { exit, bad, of } = await doctor(guest);
    expect(bad).toEqual([expect.stringMatching(/^warning: clock: .*nobody keeps it right$/)]);
    expect(exit).toBe(1);
    expect(of("port-holder")[0]?.seen).toMatch(/^lodger \(process \d+\) has \/dev\/vport\d+p\d+ open$/);
    guest.saw(`doctor: ${of("port")[0]?.seen}; ${of("agent")[0]?.seen}`);
  });

  test("lodger doctor names qemu-ga where that has the port, and says what to do", async () => {
    const { shell } = guest.machine;
    await shell.out("systemctl stop lodger; systemd-run --quiet --collect --unit=rival qemu-ga -t /run; sleep 1");
    try {
      const { exit, of } = await doctor(guest);
      const [holder] = of("port-holder");
      expect(holder).toMatchObject({ status: "problem", advice: expect.stringContaining("lodger install --take-over") });
      expect(holder?.seen).toMatch(/^qemu-ga \(process \d+, rival.service\) has/);
      expect(of("agent")[0]?.status).toBe("problem");
      expect(exit).toBe(2);
      guest.saw(`doctor: ${holder?.seen}`);
    } finally {
      await shell.out("systemctl stop rival; systemctl start lodger");
    }
  });
}
