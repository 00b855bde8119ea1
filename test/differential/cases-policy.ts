/** Which commands are allowed, and how that shows. */
import { INTERFACE_OF_WINDOWS } from "../interface.ts";
import { request, type Table, type WireCase } from "./table.ts";

const ASKED: readonly WireCase[] = [
  { id: "guest-info", send: request("guest-info") },
  { id: "guest-info with an id", send: '{"execute":"guest-info","id":1}' },
  ...["guest-ping", "guest-file-open", "guest-fsfreeze-status", "guest-network-get-interfaces"].flatMap((name) => [
    { id: name, send: request(name) },
    { id: `${name} with an id`, send: `{"execute":"${name}","id":[1]}` },
    { id: `${name} with unexpected arguments`, send: request(name, '{"unexpected":1}') },
    { id: `${name} with arguments of a wrong type`, send: request(name, "null") },
    { id: `${name} with an unexpected member`, send: `{"execute":"${name}","x":1}` },
  ]),
  { id: "an unknown command", send: request("nope") },
  { id: "a delimited sync", send: request("guest-sync-delimited", '{"id":3}') },
];

const OPTIONS: readonly {
  readonly name: string;
  readonly options?: readonly string[];
  readonly config?: string;
  readonly modern?: boolean;
}[] = [
  { name: "no lists" },
  { name: "-b", options: ["-b", "guest-ping"] },
  { name: "-b without a blank", options: ["-bguest-ping"] },
  { name: "-b, several", options: ["-b", "guest-ping,guest-file-open,guest-info"] },
  { name: "-b twice", options: ["-b", "guest-ping", "-b", "guest-file-open"] },
  { name: "-b with blanks", options: ["-b", "guest-ping, guest-file-open"] },
  { name: "-b with semicolons", options: ["-b", "guest-ping;guest-file-open"] },
  { name: "-b with empty items", options: ["-b", ",guest-ping,,guest-file-open,"] },
  { name: "-b of nothing", options: ["-b", ""] },
  { name: "-b of unknown names", options: ["-b", "nope,GUEST-PING,guest_ping,guest-*,*"] },
  { name: "-b of sync", options: ["-b", "guest-sync-delimited"] },
  { name: "--block-rpcs=", options: ["--block-rpcs=guest-ping"], modern: true },
  { name: "--block-rpcs", options: ["--block-rpcs", "guest-ping"], modern: true },
  { name: "-a", options: ["-a", "guest-ping,guest-sync,guest-info"], modern: true },
  { name: "--allow-rpcs", options: ["--allow-rpcs=guest-sync,guest-ping"], modern: true },
  { name: "-a and -b", options: ["-a", "guest-ping,guest-sync,guest-info", "-b", "guest-ping,guest-file-open"], modern: true },
  { name: "-a twice", options: ["-a", "guest-sync", "-a", "guest-ping"], modern: true },
  { name: "-a of unknown names", options: ["-a", "guest-sync,nope"], modern: true },
  { name: "block-rpcs of a config", config: "[general]\nblock-rpcs=guest-ping\n", modern: true },
  { name: "block-rpcs of a config, commas", config: "[general]\nblock-rpcs = guest-ping,guest-file-open \n", modern: true },
  { name: "block-rpcs of a config, semicolons", config: "[general]\nblock-rpcs=guest-ping;guest-file-open\n", modern: true },
  { name: "allow-rpcs of a config", config: "[general]\nallow-rpcs=guest-sync,guest-ping\n", modern: true },
  { name: "a config and -b", config: "[general]\nblock-rpcs=guest-ping\n", options: ["-b", "guest-file-open"], modern: true },
  {
    name: "a config allows, -b blocks",
    config: "[general]\nallow-rpcs=guest-ping,guest-sync\n",
    options: ["-b", "guest-ping"],
    modern: true,
  },
];

export const POLICY: readonly Table[] = OPTIONS.map(({ name, options, config, modern }) => ({
  name: `policy: ${name}`,
  answered: true,
  cases: ASKED,
  ...(options && { options }),
  ...(modern && { modern }),
  ...(config !== undefined && { files: { conf: config }, env: { QGA_CONF: "{folder}/conf" } }),
}));

/** The list by -c, and what is frozen. */
export const MORE_POLICY: readonly Table[] = [
  {
    name: "policy: -c",
    options: ["-c", "{folder}/conf"],
    files: { conf: "[general]\nblock-rpcs=guest-ping\n" },
    modern: true,
    cases: ASKED,
  },
  {
    name: "policy: -c after -b, both count",
    answered: true,
    options: ["-b", "guest-file-open", "-c", "{folder}/conf"],
    files: { conf: "[general]\nblock-rpcs=guest-ping\n" },
    modern: true,
    cases: ASKED,
  },
  { answered: true, name: "policy: frozen by the state folder", files: { "state/qga.state.isfrozen": "" }, cases: ASKED },
  {
    answered: true,
    name: "policy: frozen, and blocked",
    options: ["-b", "guest-ping"],
    files: { "state/qga.state.isfrozen": "" },
    cases: ASKED,
  },
  {
    name: "policy: thawed again",
    answered: true,
    files: { "state/qga.state.isfrozen": "" },
    cases: [
      { id: "status", send: request("guest-fsfreeze-status") },
      { id: "open", send: request("guest-file-open", '{"path":"none"}') },
      {
        id: "freeze while frozen",
        send: request("guest-fsfreeze-freeze", '{"unexpected":1}'),
        safe: "disabled while frozen, and refused by its arguments",
      },
      { id: "thaw", send: request("guest-fsfreeze-thaw") },
      { id: "status then", send: request("guest-fsfreeze-status") },
      { id: "open then", send: request("guest-file-open", '{"path":"none"}') },
      { id: "info then", send: request("guest-info") },
    ],
  },
];

export const INFORMATION: Table = {
  name: "information",
  answered: true,
  cases: [
    { id: "interfaces", send: request("guest-network-get-interfaces") },
    { id: "interfaces with empty arguments", send: request("guest-network-get-interfaces", "{}") },
    { id: "info", send: request("guest-info") },
    ...INTERFACE_OF_WINDOWS.map((name) => ({ id: `${name}, which Linux lacks`, send: request(name) })),
  ],
};
