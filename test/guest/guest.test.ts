import { describe } from "vitest";
import { answerChecks } from "./checks/answers.ts";
import { besideChecks } from "./checks/beside.ts";
import { doctorChecks } from "./checks/doctor.ts";
import { execChecks } from "./checks/exec.ts";
import { fileChecks } from "./checks/files.ts";
import { freezeChecks } from "./checks/freeze.ts";
import { governs } from "./checks/governed.ts";
import { installChecks } from "./checks/install.ts";
import { memoryChecks } from "./checks/memory.ts";
import { muslChecks } from "./checks/musl.ts";
import { networkChecks } from "./checks/network.ts";
import { passwordChecks } from "./checks/passwords.ts";
import { bundledChecks, pluginChecks } from "./checks/plugins.ts";
import { portChecks } from "./checks/port.ts";
import { processChecks } from "./checks/process.ts";
import { processorChecks } from "./checks/processors.ts";
import { auditChecks, ruleChecks } from "./checks/rules.ts";
import { sshKeyChecks } from "./checks/ssh-keys.ts";
import { storageChecks } from "./checks/storage.ts";
import { suspendChecks } from "./checks/suspend.ts";
import { systemChecks } from "./checks/system.ts";
import { timeChecks } from "./checks/time.ts";
import { traceChecks } from "./checks/traces.ts";
import { trimChecks } from "./checks/trim.ts";
import { vsockChecks } from "./checks/vsock.ts";
import { skipReason } from "./requirements.ts";
import { scene } from "./scene.ts";
import { sharedGuest } from "./shared-guest.ts";

/** Everything that leaves the machine running, in one boot. What ends machines is in power.test.ts. */
describe.skipIf(skipReason() !== undefined)("in the guest", () => {
  const guest = sharedGuest();
  describe("answers", () => answerChecks(guest));
  // before any test has made files of its own
  describe("traces", () => traceChecks(guest));
  describe("network", () => networkChecks(guest));
  describe("files", () => fileChecks(guest));
  describe("exec", () => execChecks(guest));
  describe("passwords", () => passwordChecks(guest));
  describe("ssh keys", () => sshKeyChecks(guest));
  describe("processors", () => processorChecks(guest));
  describe("trim", () => trimChecks(guest));
  describe("vsock", () => vsockChecks(guest));
  describe("freeze", () => freezeChecks(guest));
  describe("port", () => portChecks(guest));
  describe("process", () => processChecks(guest));
  describe("doctor", () => doctorChecks(guest));
  describe("governed", () => {
    governs(guest);
    describe("plugins", () => pluginChecks(guest));
    describe("rules", () => ruleChecks(guest));
    describe("audit", () => auditChecks(guest));
  });
  describe("bundled", () => bundledChecks(guest));
  describe("musl", { timeout: 240_000 }, () => muslChecks(guest));
  describe("suspend", () => suspendChecks(guest));
  // Devices are plugged from here on. A machine that has had some may hang in its firmware when it is woken: seen once in ten times.
  describe("reading", () => {
    const set = scene(guest);
    describe("beside qemu-ga", () => besideChecks(guest, set));
    describe("storage", () => storageChecks(guest));
    describe("system", () => systemChecks(guest));
  });
  describe("memory", () => memoryChecks(guest));
  // the clock jumps: behind all that reads one
  describe("time", () => timeChecks(guest));
  // in a machine of its own
  describe("install", installChecks);
});
