/** The bill of materials against CycloneDX's own schema, and against what is known to be in an executable. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BillOfMaterials, billOfMaterials } from "../../build/bill-of-materials.ts";
import { type Bundle, bundle } from "../../build/bundle.ts";
import { installRuntimes } from "../../build/packages.ts";
import { runtimes } from "../../build/paths.ts";
import { targets } from "../../build/targets.ts";

const SCHEMAS = join(runtimes, "node_modules/@cyclonedx/cyclonedx-library/res/schema");
const schema = (name: string) => JSON.parse(readFileSync(join(SCHEMAS, `${name}.SNAPSHOT.schema.json`), "utf8"));

describe("the bill of materials", () => {
  let folder: string;
  let made: Bundle;
  let bill: BillOfMaterials;

  beforeAll(async () => {
    await installRuntimes(targets);
    folder = mkdtempSync(join(tmpdir(), "lodger-bill-"));
    made = await bundle({ outfile: join(folder, "lodger.cjs") });
    for (const { file } of targets) writeFileSync(join(folder, file), file);
    bill = await billOfMaterials(made, targets, folder);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is CycloneDX 1.6", () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    for (const name of ["spdx", "jsf-0.82", "cryptography-defs"])
      ajv.addSchema({ ...schema(name), $id: `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json` });
    const validate = ajv.compile(schema("bom-1.6"));
    expect([validate(bill), validate.errors]).toEqual([true, null]);
    expect(validate({ ...bill, specVersion: 1.6 })).toBe(false);
  });

  test("names what is bundled, with version, hash and licence, and nothing that is only used to build", () => {
    const libraries = new Map(bill.components.filter(({ type }) => type === "library").map((each) => [each.name, each]));
    expect([...libraries.keys()]).toEqual(expect.arrayContaining(["ajv", "reflect-metadata", "tsyringe", "typebox", "toml-eslint-parser"]));
    for (const name of ["esbuild", "vitest", "@yao-pkg/pkg", "typescript"]) expect(libraries.has(name)).toBe(false);
    for (const { name, version, purl, hashes, licenses } of libraries.values()) {
      expect(purl).toBe(`pkg:npm/${name.replace("@", "%40")}@${version}`);
      expect(hashes?.[0]?.content).toMatch(/^[0-9a-f]{128}$/);
      expect(licenses, name).toHaveLength(1);
    }
  });

  test("names each executable's runtime, of what that is made, and its addon", () => {
    const all = new Map(bill.components.map((component) => [component["bom-ref"], component]));
    for (const { file, kind, host } of targets) {
      const parts = bill.dependencies.find(({ ref }) => ref === file)?.dependsOn.map((ref) => all.get(ref)) ?? [];
      expect(parts.map((part) => part?.type).sort()).toEqual(["file", "library", "platform"]);
      const runtime = parts.find((part) => part?.type === "platform");
      expect(runtime?.name).toMatch(kind === "node" ? /^node-/ : /^@oven\/bun-/);
      expect(runtime?.components?.map(({ name }) => name)).toContain(kind === "node" ? "openssl" : "boringssl");
      expect(parts.find((part) => part?.type === "library")?.name).toMatch(`koffi-${host.platform}-${host.arch}`);
    }
    for (const { ref, dependsOn } of bill.dependencies)
      for (const each of [ref, ...dependsOn]) expect(each === "lodger" || all.has(each)).toBe(true);
  });

  test("is the same for the same input, and another for another", async () => {
    expect(await billOfMaterials(made, targets, folder)).toEqual(bill);
    writeFileSync(join(folder, "lodger-linux-x64"), "changed");
    const { serialNumber } = await billOfMaterials(made, targets, folder);
    expect(serialNumber).not.toBe(bill.serialNumber);
    expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
