import { describe } from "vitest";
import { answerChecks } from "./checks/answers.ts";
import { fileChecks } from "./checks/files.ts";
import { freezeChecks } from "./checks/freeze.ts";
import { networkChecks } from "./checks/network.ts";
import { portChecks } from "./checks/port.ts";
import { processChecks } from "./checks/process.ts";
import { suspendChecks } from "./checks/suspend.ts";
import { traceChecks } from "./checks/traces.ts";
import { skipReason } from "./requirements.ts";
import { sharedGuest } from "./shared-guest.ts";

/** Everything that leaves the machine running, in one boot. What ends machines is in power.test.ts. */
describe.skipIf(skipReason() !== undefined)("in the guest", () => {
  const guest = sharedGuest();
  describe("answers", () => answerChecks(guest));
  // before any test has made files of its own
  describe("traces", () => traceChecks(guest));
  describe("network", () => networkChecks(guest));
  describe("files", () => fileChecks(guest));
  describe("freeze", () => freezeChecks(guest));
  describe("port", () => portChecks(guest));
  describe("process", () => processChecks(guest));
  describe("suspend", () => suspendChecks(guest));
});
