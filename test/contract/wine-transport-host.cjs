/** A host, in the same Windows as the agent: plays one scenario and prints what it has seen. Arguments: the scenario, the agent's bundle. */
const { spawn } = require("node:child_process");
const { connect, createServer } = require("node:net");
const { setTimeout: pause } = require("node:timers/promises");

const [, , scenario, bundle, path] = process.argv;
const STATE = "C:\\lodger";

/** @returns the agent, and what it logs. */
function agent(...options) {
  const child = spawn(process.execPath, [bundle, "-t", STATE, "-v", ...options], { stdio: ["ignore", "ignore", "pipe"] });
  const started = { child, log: "", ended: new Promise((resolve) => child.once("exit", resolve)) };
  child.stderr.on("data", (chunk) => {
    started.log += chunk;
  });
  return started;
}

async function until(condition) {
  while (!condition()) await pause(20);
}

/** The lines that come from the other end. */
function linesOf(socket) {
  const lines = [];
  let rest = "";
  socket.on("data", (chunk) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop();
    lines.push(...parts);
  });
  socket.on("error", () => {});
  return lines;
}

const ask = (execute, args) => `${JSON.stringify({ execute, arguments: args })}\n`;

/** A pipe stands in for the port. */
async function port() {
  const hosts = [];
  const server = createServer((socket) => hosts.push(socket));
  await new Promise((resolve) => server.listen(path, resolve));
  const running = agent("-m", "virtio-serial", "--retry-path", "-p", path);
  await until(() => hosts.length === 1);
  const first = linesOf(hosts[0]);
  const seen = {};
  hosts[0].write(ask("guest-sync", { id: 1 }));
  await until(() => first.length === 1);
  hosts[0].write(
    ask("guest-exec", { path: process.execPath, arg: ["-e", "process.stdout.write('x'.repeat(700000))"], "capture-output": true }),
  );
  await until(() => first.length === 2);
  const { pid } = JSON.parse(first[1]).return;
  let status;
  // an answer of a megabyte goes past the read that waits, to a host that begins to take it late
  do {
    await pause(100);
    const count = first.length;
    hosts[0].pause();
    hosts[0].write(ask("guest-exec-status", { pid }));
    await pause(300);
    hosts[0].resume();
    await until(() => first.length > count);
    status = JSON.parse(first.at(-1)).return;
  } while (!status.exited);
  seen.sync = JSON.parse(first[0]).return;
  seen.large = Buffer.from(status["out-data"], "base64").length;
  hosts[0].destroy();
  await until(() => hosts.length === 2);
  const second = linesOf(hosts[1]);
  hosts[1].write(ask("guest-sync", { id: 2 }));
  await until(() => second.length === 1);
  seen.again = JSON.parse(second[0]).return;
  running.child.kill();
  return seen;
}

async function pipe() {
  const running = agent("-m", "unix-listen", "-p", path);
  const client = async () => {
    for (;;) {
      const socket = connect(path);
      if (await new Promise((resolve) => socket.once("connect", () => resolve(true)).once("error", () => resolve(false)))) return socket;
      await pause(100);
    }
  };
  const clients = [await client(), await client()];
  await pause(300); // the access list is set when the pipe is there already
  const lines = clients.map(linesOf);
  for (const [index, socket] of clients.entries()) socket.write(ask("guest-sync", { id: index }));
  await until(() => lines.every(({ length }) => length === 1));
  const other = agent("-m", "unix-listen", "-p", path);
  await other.ended;
  const wrong = agent("-m", "unix-listen", "-p", "C:\\lodger\\socket");
  await wrong.ended;
  const seen = { answers: lines.map(([line]) => JSON.parse(line).return), access: accessOf(path), other: other.log, wrong: wrong.log };
  running.child.kill();
  for (const socket of clients) socket.destroy();
  return seen;
}

/** The access list as the system has it. */
function accessOf(name) {
  const koffi = require("koffi");
  const kernel = koffi.load("kernel32.dll");
  const security = koffi.load("advapi32.dll");
  const create = kernel.func("intptr_t __stdcall CreateFileW(const char16_t *, uint32, uint32, void *, uint32, uint32, void *)");
  const get = security.func("int __stdcall GetKernelObjectSecurity(intptr_t, uint32, void *, uint32, void *)");
  const text = security.func(
    "int __stdcall ConvertSecurityDescriptorToStringSecurityDescriptorW(void *, uint32, uint32, _Out_ void **, void *)",
  );
  const into = Buffer.alloc(4096);
  const out = [null];
  if (get(create(name, 0x20000, 0, null, 3, 0, null), 4, into, into.length, Buffer.alloc(4)) === 0) return "none";
  text(into, 1, 4, out, null);
  return koffi.decode(out[0], "char16_t", -1);
}

({ port, pipe })[scenario]().then((seen) => {
  console.log(JSON.stringify(seen));
  process.exit(0);
});
setTimeout(() => process.exit(3), 40_000).unref();
