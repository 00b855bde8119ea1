/** macOS' implementations of the ports, and what it lacks. */
import { absent } from "../absent.ts";
import { Accounts, HomeFiles } from "../accounts.ts";
import { BlockDevices } from "../block-devices.ts";
import { ChildProcesses } from "../child-processes.ts";
import { Clock } from "../clock.ts";
import { Devices } from "../devices.ts";
import { readErrorsBy } from "../errno.ts";
import { FreezeGuard, Freezer } from "../freezer.ts";
import { NodeChildProcesses } from "../node/child-processes.ts";
import { NodeNetworkInterfaces } from "../node/interfaces.ts";
import { NodeProcesses } from "../node/processes.ts";
import { useOwnProcess } from "../own-process.ts";
import { Files, Mounts, NetworkInterfaces, Processes } from "../ports.ts";
import { PowerControl } from "../power-control.ts";
import { Storage } from "../storage.ts";
import type { Register } from "../system.ts";
import { SystemInformation } from "../system-information.ts";
import { VsockSockets } from "../vsock.ts";
import { MacAccounts } from "./accounts.ts";
import { MacClock } from "./clock.ts";
import { MacDevices } from "./devices.ts";
import { macError } from "./errors.ts";
import { MacFiles } from "./files.ts";
import { pipe } from "./library.ts";
import { macProcess } from "./own-process.ts";
import { findProgram } from "./program-path.ts";
import { MacSystemInformation } from "./system-information.ts";

/** Puts what is not a port into place. @returns what registers the ports. */
export function macSystem(): (register: Register) => void {
  readErrorsBy(macError);
  useOwnProcess(macProcess);
  return (register) => {
    const children = new NodeChildProcesses({ find: findProgram, pipe });
    register(Files, () => new MacFiles());
    register(ChildProcesses, () => children);
    register(Processes, () => new NodeProcesses(children, macProcess.killTree));
    register(NetworkInterfaces, () => new NodeNetworkInterfaces());
    register(Clock, () => new MacClock());
    register(SystemInformation, () => new MacSystemInformation());
    register(Accounts, () => new MacAccounts());
    register(Devices, () => new MacDevices());
    register(PowerControl, () => ({}));
    register(Storage, () => absent("lodger doesn't know the disks of macOS yet"));
    register(Mounts, () => absent("lodger doesn't know the mounts of macOS yet"));
    register(BlockDevices, () => absent("macOS has no block devices as Linux has them"));
    register(Freezer, () => absent("macOS has no call that freezes a file system"));
    register(FreezeGuard, () => absent("macOS has no call that freezes a file system"));
    register(HomeFiles, () => absent("lodger doesn't become another user on macOS"));
    register(VsockSockets, () => absent("lodger doesn't know the vsock sockets of macOS yet"));
  };
}
