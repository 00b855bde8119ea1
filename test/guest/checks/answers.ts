import { expect, test } from "vitest";
import { INTERFACE } from "../../interface.ts";
import type { SharedGuest } from "../shared-guest.ts";

const withoutResponse = ["guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"];

interface GuestInfo {
  readonly version: string;
  readonly supported_commands: readonly { readonly name: string; readonly enabled: boolean; readonly "success-response": boolean }[];
}

/** guest-sync-delimited, guest-sync, guest-ping, guest-info, and the errors of a few calls that must do nothing. */
export function answerChecks(guest: SharedGuest): void {
  test("the agent started at boot answers what was sent at power-on", async () => {
    const { text, milliseconds } = await guest.firstAnswer();
    expect(text).toBe('{"return": 1}');
    await guest.machine.withAgent(async (agent) => expect(await agent.call("guest-ping")).toEqual({}));
    const properties = await guest.machine.shell.out("systemctl show -p ActiveState,NRestarts lodger");
    expect(properties.split("\n").toSorted()).toEqual(["ActiveState=active", "NRestarts=0"]);
    guest.saw(`boot: a request sent at power-on is answered after ${(milliseconds / 1000).toFixed(1)} s, systemd counts 0 restarts`);
  }, 200_000);

  test("guest-sync echoes exact numbers", async () => {
    await guest.machine.withAgent(async (agent) => {
      for (const id of ["9007199254740993", "-9223372036854775808", "9223372036854775807"]) {
        // not through JSON.parse, which would round it
        agent.send(`{"execute": "guest-sync", "arguments": {"id": ${id}}}\n`);
        expect((await agent.receive(30_000, "guest-sync")).toString()).toBe(`{"return": ${id}}`);
      }
    });
    guest.saw("guest-sync: 2^53 + 1 and both ends of int64 came back exactly");
  });

  test("guest-sync-delimited is answered behind 0xFF", async () => {
    await guest.machine.withAgent(async (agent) => {
      agent.sendRequest("guest-sync-delimited", { id: 4711 });
      expect(await agent.receive(30_000, "guest-sync-delimited")).toEqual(Buffer.from('\xff{"return": 4711}', "latin1"));
    });
    guest.saw("guest-sync-delimited: 0xFF and the number came back");
  });

  test("guest-info lists every command of the interface, enabled, with their kind of response", async () => {
    const info = (await guest.machine.withAgent((agent) => agent.call("guest-info"))) as GuestInfo;
    const listed = new Map(info.supported_commands.map((command) => [command.name, command]));
    for (const name of INTERFACE) {
      expect(listed.get(name), name).toEqual({ name, enabled: true, "success-response": !withoutResponse.includes(name) });
    }
    guest.saw(`guest-info: version ${info.version}, ${listed.size} commands, all ${INTERFACE.length} of the interface enabled`);
  });

  test("a mistaken shutdown is an error and ends nothing", async () => {
    await guest.machine.withAgent(async (agent) => {
      expect(await agent.failure("guest-shutdown", { mode: "off" })).toEqual({
        class: "GenericError",
        desc: "mode is invalid (valid values are: halt|powerdown|reboot",
      });
      expect((await agent.failure("guest-no-such-command")).class).toBe("CommandNotFound");
    });
    expect(await guest.machine.qmp.status()).toBe("running");
  });
}
