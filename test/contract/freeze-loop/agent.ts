/** Freezes what it is told, says so, and waits to be killed: `agent.ts DIR MOUNTPOINT…`. */
import { RecordedLog } from "../../unit/run-command.ts";
import { fencedPlugin } from "./fence.ts";

const [, , directory, ...mountPoints] = process.argv;
if (directory?.startsWith("/tmp/lodger-freeze-") !== true) throw new Error("not a directory of this test");
process.stdin.resume();
console.log(await fencedPlugin(directory, new RecordedLog()).freeze(...mountPoints));
