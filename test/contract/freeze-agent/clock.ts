/** A wall clock that jumps by years while the agent runs: `clock.ts FOLDER PROGRAM…`. Needs libfaketime; nobody else's clock is touched. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./agent.ts";
import { LIBRARY } from "./faketime.ts";
import { play } from "./scenario.ts";

/** From the true time. */
const JUMPS = ["+10y", "-10y", "+0"];
const LEASE_S = 2;

const messageOf = ({ message }: Error) => message;

await play(async (images) => ({ ext4: await images.add("ext4", "ext4") }), {
  async jumps({ agent, folder, ext4 }) {
    const wall = join(folder, "wall");
    const set = (offset: string) => {
      writeFileSync(`${wall}.new`, `${offset}\n`);
      renameSync(`${wall}.new`, wall);
    };
    set("+0");
    const audit = join(folder, "audit.jsonl");
    const configuration = join(folder, "lodger.toml");
    const rate = '[[policy.limit]]\ncommands = ["guest-get-host-name"]\nrate = "2/h"\n';
    writeFileSync(configuration, `[audit]\nfile = "${audit}"\njournal = false\n${rate}`, { mode: 0o600 });
    const { agent: own, client } = await agent({
      args: ["--lodger-config", configuration, `--freeze-lease=${LEASE_S}`],
      environment: { LD_PRELOAD: LIBRARY, FAKETIME_NO_CACHE: "1", DONT_FAKE_MONOTONIC: "1", FAKETIME_TIMESTAMP_FILE: wall },
    });
    const uptime = async () => ((await client.ask("guest-lodger-stats")) as { "uptime-seconds": number })["uptime-seconds"];
    const limited = async () => String(await client.ask("guest-get-host-name").catch(messageOf));
    await limited();
    await limited();

    const jumps: unknown[] = [];
    const start = performance.now();
    const begun = await uptime();
    for (const jump of JUMPS) {
      const { pid } = (await client.ask("guest-exec", { path: "/bin/sleep", arg: ["1"] })) as { pid: number };
      const asked = performance.now();
      const frozen = await client.freeze(ext4);
      const told = performance.now();
      set(jump);
      const status = await client.status();
      await until("the lease is over", async () => (await client.status()) === "thawed");
      // It began somewhere between the question and the answer, and a timer may come two milliseconds early.
      const lease = { tooSoon: performance.now() - asked < LEASE_S * 1000 - 10, late: performance.now() - told > 15_000 };
      const years = Math.round((Number(await client.ask("guest-get-time")) / 1e6 - Date.now()) / (365 * 24 * 3_600_000));
      await until("the program has ended", async () => {
        const { exited } = (await client.ask("guest-exec-status", { pid })) as { exited: boolean };
        return exited;
      });
      const passed = (performance.now() - start) / 1000;
      const runs = (await uptime()) - begun;
      jumps.push({
        frozen,
        status,
        ...lease,
        years,
        rate: await limited(),
        uptime: runs >= 0 && runs <= passed + 1 && runs >= passed - 15,
      });
    }
    await own.end();
    const lines = readFileSync(audit, "utf8")
      .trim()
      .split("\n")
      .map((line): { n: number; time: string; command?: string } => JSON.parse(line));
    const withoutGap = lines.every(({ n }, index) => index === 0 || n === (lines[index - 1]?.n ?? 0) + 1);
    const now = new Date().getUTCFullYear();
    const audited = lines.filter(({ command }) => command === "guest-get-time").map(({ time }) => new Date(time).getUTCFullYear() - now);
    return { jumps, withoutGap, audited, status: own.process.exitCode };
  },
});
