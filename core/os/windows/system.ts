/** Windows' implementations of the ports, and what it lacks. */

import { absent } from "../absent.ts";
import { Accounts, HomeFiles } from "../accounts.ts";
import { BlockDevices } from "../block-devices.ts";
import { ChildProcesses } from "../child-processes.ts";
import { Clock } from "../clock.ts";
import { Devices } from "../devices.ts";
import { readErrorsBy } from "../errno.ts";
import { FreezeGuard, Freezer } from "../freezer.ts";
import { NodeChildProcesses } from "../node/child-processes.ts";
import { NodeProcesses } from "../node/processes.ts";
import { useOwnProcess } from "../own-process.ts";
import { Files, Mounts, NetworkInterfaces, Processes } from "../ports.ts";
import { PowerControl } from "../power-control.ts";
import { Storage } from "../storage.ts";
import type { Register } from "../system.ts";
import { SystemInformation } from "../system-information.ts";
import { VsockSockets } from "../vsock.ts";
import { WindowsAccounts } from "./accounts.ts";
import { WindowsClock } from "./clock.ts";
import { windowsError } from "./errors.ts";
import { WindowsFiles } from "./files.ts";
import { WindowsNetworkInterfaces } from "./interfaces.ts";
import { windowsProcess } from "./own-process.ts";
import { WindowsPowerControl } from "./power-control.ts";
import { findProgram } from "./program-path.ts";
import { WindowsDevices } from "./serial-port.ts";
import { WindowsStorage } from "./storage.ts";
import { WindowsSystemInformation } from "./system-information.ts";

/** Puts what is not a port into place. @returns what registers the ports. */
export function windowsSystem(): (register: Register) => void {
  readErrorsBy(windowsError);
  useOwnProcess(windowsProcess);
  return (register) => {
    const children = new NodeChildProcesses({ find: findProgram });
    const processes = new NodeProcesses(children, windowsProcess.killTree);
    register(Files, () => new WindowsFiles());
    register(ChildProcesses, () => children);
    register(Processes, () => processes);
    register(NetworkInterfaces, () => new WindowsNetworkInterfaces());
    register(Clock, () => new WindowsClock(processes));
    register(SystemInformation, () => new WindowsSystemInformation());
    register(Accounts, () => new WindowsAccounts());
    register(Storage, () => new WindowsStorage());
    register(PowerControl, () => new WindowsPowerControl());
    register(Mounts, () => absent("Windows has no mounts as Linux has them"));
    register(BlockDevices, () => absent("Windows has no block devices as Linux has them"));
    register(Freezer, () => absent("file systems can't be frozen on Windows without a signed VSS provider"));
    register(FreezeGuard, () => absent("file systems can't be frozen on Windows without a signed VSS provider"));
    register(HomeFiles, () => absent("lodger can't become another user on Windows"));
    register(Devices, () => new WindowsDevices());
    register(VsockSockets, () => absent("Windows has no vsock sockets that lodger could use"));
  };
}
