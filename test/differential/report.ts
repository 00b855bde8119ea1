/**
 * All fixed cases outside of the test runner, for people: prints every unexplained difference.
 * `node test/differential/report.ts [PART OF A TABLE'S NAME]`
 */

import { SWEEPS } from "./cases-lexing.ts";
import { INVOCATIONS } from "./cases-options.ts";
import { type Finding, met, Panel, told } from "./compare.ts";
import { DIFFERENCES, OF_LINES, TEXTS } from "./differences.ts";
import { invoke } from "./invocation.ts";
import { references } from "./reference.ts";
import { play } from "./scenario.ts";
import { sending, type Table } from "./table.ts";
import { SCENARIOS, TABLES } from "./tables.ts";

const wanted = process.argv[2] ?? "";
const sweeps: Table[] = SWEEPS.map(({ name, before, after }) => ({
  name: `every byte, ${name}`,
  cases: Array.from({ length: 256 }, (_, byte) => ({ id: byte.toString(16), send: before + String.fromCharCode(byte) + after })),
}));

const findings: Finding[] = [];
let sent = 0;
for (const table of [...TABLES, ...sweeps].filter(({ name }) => name.includes(wanted))) {
  const panel = await Panel.of(table);
  const before = findings.length;
  for (const each of table.cases) {
    findings.push(...(await panel.ask(`${table.name}: ${each.id}`, sending(table, each))));
    sent++;
  }
  await panel.dispose();
  console.error(`${table.name}: ${table.cases.length} cases, ${findings.length - before} findings`);
}

for (const [group, all] of Object.entries(SCENARIOS)) {
  const scenarios = all.filter(({ id }) => `${group}: ${id}`.includes(wanted));
  const before = findings.length;
  for (const scenario of scenarios) {
    const since = Date.now();
    findings.push(...(await play(group, scenario)));
    if (Date.now() - since > 3000) console.error(`${group}: ${scenario.id}: ${Date.now() - since} ms`);
  }
  sent += scenarios.length;
  console.error(`${group}: ${scenarios.length} scenarios, ${findings.length - before} findings`);
}

if ("invocations".includes(wanted)) {
  const before = findings.length;
  for (const invocation of INVOCATIONS) findings.push(...(await invoke(invocation)));
  sent += INVOCATIONS.length;
  console.error(`invocations: ${INVOCATIONS.length}, ${findings.length - before} findings`);
}

const { found } = await references();
console.log(`# Differences, ${new Date().toISOString()}\n\n${sent} cases against ${found.map(({ version }) => version).join(", ")}`);
for (const { version } of found)
  console.log(`- ${version}: ${findings.filter(({ reference }) => reference === version).length} unexplained`);
console.log(`- explained by: ${[...met].join("; ") || "nothing"}\n`);
if (wanted === "") {
  const unused = [...DIFFERENCES, ...OF_LINES, ...TEXTS].filter(({ id }) => !met.has(id)).map(({ id }) => id);
  console.log(`- listed, but not met: ${unused.join("; ") || "none"}\n`);
}
for (const finding of findings) console.log(`${told(finding)}\n`);
