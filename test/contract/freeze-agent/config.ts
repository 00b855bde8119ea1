/** The admin's file changes while file systems are frozen: `config.ts FOLDER PROGRAM…`. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, until } from "./agent.ts";
import { play } from "./scenario.ts";

async function isEnabled(client: Client, command: string): Promise<boolean | undefined> {
  const info = (await client.ask("guest-info")) as { supported_commands: { name: string; enabled: boolean }[] };
  return info.supported_commands.find(({ name }) => name === command)?.enabled;
}

await play(async (images) => ({ ext4: await images.add("ext4", "ext4") }), {
  async changed({ agent, folder, ext4 }) {
    const file = join(folder, "lodger.toml");
    const write = (blocked: string) => {
      writeFileSync(`${file}.new`, `[policy]\nblock = "${blocked}"\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    };
    write("guest-get-users");
    const { agent: running, client } = await agent({ args: ["--lodger-config", file] });
    const frozen = await client.freeze(ext4);
    write("guest-get-load");
    running.process.kill("SIGHUP");
    await sleep(1000); // five times as long as it takes without a freeze
    const readWhileFrozen = running.log.includes("read again");
    const thawed = await client.thaw();
    await until("the new rules", async () => (await isEnabled(client, "guest-get-load")) === false);
    return { frozen, readWhileFrozen, thawed, oldRule: await isEnabled(client, "guest-get-users"), log: running.log };
  },
});
