/** What the guest is: guest-get-host-name, guest-get-osinfo, guest-get-timezone, guest-get-devices. */
import { command, definePlugin, Files, onlyOn, SystemInformation, Type } from "../../core/plugin.ts";
import { describeSystem } from "./describe.ts";
import { DriverType, describeDrivers } from "./device-drivers.ts";

const optional = (description: string) => Type.Optional(Type.String({ description }));

export default definePlugin({
  name: "system",
  needs: { system: SystemInformation, files: Files },
  commands: ({ system, files }) => [
    command({
      name: "guest-get-host-name",
      since: "2.10",
      summary: "Tells the guest's host name as it is now.",
      profile: "observe",
      returns: Type.Object({ "host-name": Type.String() }),
      parity: "same",
      run: () => ({ "host-name": system.hostName() }),
    }),
    command({
      name: "guest-get-osinfo",
      since: "2.10",
      summary: "Tells the kernel and the distribution; what /etc/os-release doesn't say is missing.",
      profile: "observe",
      returns: Type.Object({
        "kernel-release": optional("As `uname -r`."),
        "kernel-version": optional("As `uname -v`."),
        machine: optional("As `uname -m`."),
        id: optional("ID of os-release(5)."),
        name: optional("NAME of os-release(5)."),
        "pretty-name": optional("PRETTY_NAME of os-release(5)."),
        version: optional("VERSION of os-release(5)."),
        "version-id": optional("VERSION_ID of os-release(5)."),
        variant: optional("VARIANT of os-release(5)."),
        "variant-id": optional("VARIANT_ID of os-release(5)."),
      }),
      parity: "better: single quotes are read, and one bad line or byte of os-release costs no other line",
      run: (_, { log }) => describeSystem(system, files, log),
    }),
    command({
      name: "guest-get-timezone",
      since: "2.10",
      summary: "Tells the guest's time zone as it holds now.",
      profile: "observe",
      returns: Type.Object({
        zone: optional('Abbreviation, for instance "CET".'),
        offset: Type.Int64({ description: "Seconds east of UTC." }),
      }),
      parity: "better: follows a change of /etc/localtime without a restart",
      run: () => {
        const { zone, offset } = system.timeZone();
        return zone === undefined ? { offset } : { zone, offset };
      },
    }),
    command({
      name: "guest-get-devices",
      since: "5.2",
      summary: "Lists the drivers of the devices on PCI, on Windows.",
      profile: "observe",
      returns: Type.Array(DriverType),
      parity: "not compared: qemu-ga has it on Windows only, where lodger was never beside it",
      supported: onlyOn(["win32"], "the interface has the drivers of devices for Windows only"),
      run: (_, { log }) => describeDrivers(system, log),
    }),
  ],
});
