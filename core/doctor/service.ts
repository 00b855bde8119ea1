/** systemd's unit of the agent: whether it is there, runs and starts with the machine, and what its settings take away. */
import { UNIT } from "../install/systemd.ts";
import { type Check, type Finding, notApplicable, notChecked, ok, problem, warning } from "./check.ts";

/** What a setting takes away where it says something else than the default; tried by test/guest/checks/install.ts. */
const TAKES: readonly { readonly name: string; readonly harmless: RegExp; readonly what: string }[] = [
  { name: "PrivateDevices", harmless: /^no$/, what: "the port: the agent can't open it" },
  { name: "DevicePolicy", harmless: /^auto$/, what: "the port, where no DeviceAllow names it" },
  { name: "MemoryDenyWriteExecute", harmless: /^no$/, what: "the agent: its JavaScript is compiled while it runs" },
  { name: "ProtectSystem", harmless: /^no$/, what: "guest-file-* and passwords, and file systems may be left out of a freeze" },
  { name: "ProtectHome", harmless: /^no$/, what: "SSH keys and files in /home, which can't be frozen either" },
  { name: "PrivateTmp", harmless: /^(no|disconnected)$/, what: "files in /tmp that others see" },
  { name: "ProtectClock", harmless: /^no$/, what: "guest-set-time" },
  { name: "ProtectKernelTunables", harmless: /^no$/, what: "guest-set-vcpus and guest-set-memory-blocks" },
  { name: "ProtectControlGroups", harmless: /^no$/, what: "the freeze guard, which is killed with the agent" },
  { name: "PrivateNetwork", harmless: /^no$/, what: "guest-network-get-interfaces" },
  { name: "PrivateMounts", harmless: /^no$/, what: "what guest-exec mounts, for all others" },
  { name: "PrivateUsers", harmless: /^no$/, what: "freezing, and everything that needs root" },
];
const SHOWN = ["LoadState", "ActiveState", "SubState", "Result", "UnitFileState", "NRestarts", "User", ...TAKES.map(({ name }) => name)];
const OFTEN = 5;
const LOG = `'journalctl -u ${UNIT} -n 50' says why`;

export const serviceCheck: Check = {
  name: "service",
  on: ["linux"],
  look: async ({ machine }) => {
    if (machine.status("/run/systemd/system") === undefined) return [notApplicable("systemd doesn't run here")];
    const text = await machine.tell("systemctl", "show", UNIT, `--property=${SHOWN.join(",")}`);
    if (text === undefined) return [notChecked("systemctl didn't answer", `'systemctl status ${UNIT}'`)];
    const unit = new Map(
      text.split("\n").map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    const found = state(unit);
    return [...found, ...(unit.get("LoadState") === "loaded" ? settings(unit) : [])];
  },
};

function state(unit: ReadonlyMap<string, string>): Finding[] {
  const [load, active, sub, result] = ["LoadState", "ActiveState", "SubState", "Result"].map((name) => unit.get(name) ?? "");
  if (load === "not-found")
    return [warning(`there is no ${UNIT}`, "'lodger install' puts the agent into place, so that it starts with the machine")];
  if (load === "masked") return [problem(`${UNIT} is masked: it never starts`, `'systemctl unmask ${UNIT}'`)];
  if (load !== "loaded") return [problem(`${UNIT} can't be loaded (${load})`, `'systemctl status ${UNIT}' says what is wrong with it`)];
  const found: Finding[] = [];
  if (active === "failed") found.push(problem(`${UNIT} has failed (${result})`, `${LOG}; then 'systemctl restart ${UNIT}'`));
  else if (active !== "active" || sub !== "running")
    found.push(problem(`${UNIT} doesn't run (${active}, ${sub})`, `'systemctl start ${UNIT}'; ${LOG}`));
  const enabled = unit.get("UnitFileState") ?? "";
  if (enabled === "disabled") found.push(warning(`${UNIT} doesn't start with the machine`, `'systemctl enable ${UNIT}'`));
  const restarts = Number(unit.get("NRestarts") ?? 0);
  if (restarts >= OFTEN) found.push(warning(`${UNIT} was started again ${restarts} times`, LOG));
  return found.length > 0 ? found : [ok(`${UNIT} runs${enabled === "" ? "" : ` and is ${enabled}`}`)];
}

function settings(unit: ReadonlyMap<string, string>): Finding[] {
  const user = unit.get("User") ?? "";
  const ofUser =
    user === "" || user === "root"
      ? []
      : [
          warning(
            `${UNIT} runs as ${user}`,
            "freezing, passwords, power and most files need root: take User= out of the unit, if the host shall have them",
          ),
        ];
  const taken = TAKES.filter(({ name, harmless }) => !harmless.test(unit.get(name) ?? "no") && unit.get(name) !== "");
  return [
    ...ofUser,
    ...taken.map(({ name, what }) =>
      warning(
        `${UNIT} has ${name}=${unit.get(name)}, which takes away ${what}`,
        `if the host shall have it: 'systemctl edit ${UNIT}', and set ${name}= to its default`,
      ),
    ),
  ];
}
