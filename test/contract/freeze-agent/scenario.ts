/** Runs the scenarios of one file and prints what came of each as JSON: `PART.ts FOLDER PROGRAM…`. */
import { Agent, type AgentOptions, type Client } from "./agent.ts";
import { Images } from "./images.ts";

export interface Stage {
  readonly images: Images;
  readonly folder: string;
  /** Starts an agent, which ends with the scenario. */
  agent(options?: AgentOptions): Promise<{ agent: Agent; client: Client }>;
}

/** @param scenarios by name; each is run by itself, and its failure is what is printed of it. */
export async function play<T extends object>(
  setUp: (images: Images) => Promise<T>,
  scenarios: Readonly<Record<string, (stage: Stage & T) => Promise<unknown>>>,
): Promise<void> {
  const [, , folder = "", ...program] = process.argv;
  const images = new Images(folder);
  const results: Record<string, unknown> = {};
  const agents: Agent[] = [];
  try {
    const given = await setUp(images);
    for (const [name, scenario] of Object.entries(scenarios)) {
      const stage: Stage = {
        images,
        folder: images.folder,
        async agent(options) {
          const agent = new Agent(program, images.folder, options);
          agents.push(agent);
          return { agent, client: await agent.connect() };
        },
      };
      const start = performance.now();
      images.goOn();
      try {
        results[name] = await scenario({ ...stage, ...given });
      } catch (error) {
        results[name] = { failed: error instanceof Error ? error.stack : error, log: agents.at(-1)?.log };
      }
      process.stderr.write(`${name}: ${Math.round(performance.now() - start)} ms\n`);
      for (const agent of agents.splice(0)) await agent.end("SIGKILL");
    }
  } finally {
    await images.close();
  }
  console.log(JSON.stringify(results));
}
