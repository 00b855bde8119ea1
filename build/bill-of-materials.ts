/**
 * What is in the executables, as CycloneDX 1.6: for whoever has to know whether a hole in somebody's library is theirs. It says nothing of
 * when or where it was made, so that the same input gives the same bytes here too.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { LODGER_VERSION } from "../core/version.ts";
import type { Bundle } from "./bundle.ts";
import { sourceCommit } from "./commit.ts";
import { type LockedPackage, locked, pathOf } from "./packages.ts";
import { sha256 } from "./pins.ts";
import { run } from "./run.ts";
import type { Target } from "./targets.ts";

export interface Component {
  readonly type: "application" | "library" | "platform" | "file";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly ({ readonly license: { readonly id: string } } | { readonly expression: string })[];
  readonly purl?: string;
  readonly components?: readonly Component[];
}

export interface BillOfMaterials {
  readonly $schema: string;
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: { readonly component: Component; readonly properties: readonly { readonly name: string; readonly value: string }[] };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const AGENT = "lodger";
const BUNDLE = "lodger.cjs";

/** @param folder where the executables of these targets are. */
export async function billOfMaterials(bundle: Bundle, targets: readonly Target[], folder: string): Promise<BillOfMaterials> {
  const libraries = await Promise.all(bundledPackages(bundle).map(async (name) => npmComponent("library", await locked(name))));
  const parts = new Map<string, Component>(libraries.map((component) => [component["bom-ref"], component]));
  const executables: Component[] = [];
  const dependencies: { ref: string; dependsOn: string[] }[] = [{ ref: BUNDLE, dependsOn: libraries.map((each) => each["bom-ref"]) }];
  for (const target of targets) {
    const { runtime, koffi, maker, file } = target;
    const platform = npmComponent("platform", await locked(runtime.package, runtime.from));
    const addon = npmComponent("library", await locked(koffi.package, koffi.from));
    if (!parts.has(platform["bom-ref"])) {
      const components = await partsOf(pathOf(maker), platform["bom-ref"]);
      parts.set(platform["bom-ref"], { ...platform, components });
    }
    parts.set(addon["bom-ref"], addon);
    executables.push(await fileComponent(join(folder, file), file));
    dependencies.push({ ref: file, dependsOn: [BUNDLE, platform["bom-ref"], addon["bom-ref"]].sort() });
  }
  const agent: Component = {
    type: "application",
    "bom-ref": AGENT,
    name: "lodger",
    version: LODGER_VERSION,
    description: "guest agent",
    licenses: [{ license: { id: "Apache-2.0" } }],
  };
  const content = {
    metadata: { component: agent, properties: [{ name: "lodger:commit", value: await sourceCommit() }] },
    components: [await fileComponent(bundle.file, BUNDLE), ...executables, ...[...parts.values()].sort(byReference)],
    dependencies: [{ ref: AGENT, dependsOn: executables.map(({ name }) => name) }, ...dependencies],
  };
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: serialNumber(JSON.stringify(content)),
    version: 1,
    ...content,
  };
}

/** The npm packages that esbuild took anything from. */
export function bundledPackages({ metafile }: Pick<Bundle, "metafile">): readonly string[] {
  const names = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => {
      const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1];
      return name === undefined || bytesInOutput === 0 ? [] : [name];
    }),
  );
  return [...new Set(names)].sort();
}

function npmComponent(type: "library" | "platform", { name, version, integrity, license }: LockedPackage): Component {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const [algorithm = "", digest = ""] = integrity.split("-", 2);
  const content = Buffer.from(integrity.slice(algorithm.length + 1), "base64").toString("hex");
  if (algorithm !== "sha512" || digest === "") throw new Error(`package-lock.json has no SHA-512 for ${name}`);
  return {
    type,
    "bom-ref": purl,
    name,
    version,
    hashes: [{ alg: "SHA-512", content }],
    ...(license === undefined ? {} : { licenses: [/[ ()]/.test(license) ? { expression: license } : { license: { id: license } }] }),
    purl,
  };
}

async function fileComponent(path: string, name: string): Promise<Component> {
  return { type: "file", "bom-ref": name, name, version: LODGER_VERSION, hashes: [{ alg: "SHA-256", content: await sha256(path) }] };
}

/** The libraries linked into a runtime, as it says itself: OpenSSL, V8 and so on, for which most warnings are. */
async function partsOf(maker: string, runtime: string): Promise<readonly Component[]> {
  const text = await run(maker, ["-e", "console.log(JSON.stringify(process.versions))"], "build/runtimes");
  const versions: Record<string, string> = JSON.parse(text);
  // What are no libraries: the runtime itself, and levels of interfaces.
  const NONE = new Set(["node", "bun", "modules", "napi", "webkit"]);
  return Object.entries(versions)
    .filter(([name]) => !NONE.has(name))
    .map(([name, version]): Component => ({ type: "library", "bom-ref": `${runtime}#${name}`, name, version }))
    .sort(byReference);
}

function byReference(a: Component, b: Component): number {
  return a["bom-ref"] < b["bom-ref"] ? -1 : 1;
}

/** Another one for other content, the same for the same: a UUID of version 8, which leaves its bits to whoever makes it. */
function serialNumber(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
