/** Who has the port open: only one process can. */
import { type Check, notApplicable, notChecked, ok, problem } from "./check.ts";
import { holders, unitOf } from "./processes.ts";

export const portHolderCheck: Check = {
  name: "port-holder",
  on: ["linux"],
  look: ({ machine, settings: { method, path } }) => {
    if (method !== "virtio-serial" && method !== "isa-serial") return [notApplicable(`by ${method} any number of clients can connect`)];
    const device = machine.real(path);
    if (device === undefined) return [notApplicable(`there is no ${path}`)];
    const { found, hidden } = holders(machine, device);
    const [other] = found.filter(({ program }) => !program.startsWith("lodger"));
    if (other) {
      const unit = unitOf(machine, other.pid);
      const what = `${other.program} (process ${other.pid}${unit === undefined ? "" : `, ${unit}`}) has ${device} open`;
      if (other.program === "qemu-ga") return [problem(what, "'lodger install --take-over' stops it and keeps it from starting")];
      return [
        problem(
          what,
          unit === undefined ? `end it: 'kill ${other.pid}', and find out what starts it` : `'systemctl disable --now ${unit}'`,
        ),
      ];
    }
    if (found.length > 0) return [ok(found.map(({ program, pid }) => `${program} (process ${pid}) has ${device} open`).join(", "))];
    return [hidden > 0 ? notChecked(`${hidden} processes of other users can't be looked into`) : ok(`nobody has ${device} open`)];
  },
};
