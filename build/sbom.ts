import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/**
 * Returns the software bill of materials of a bundle: the npm packages whose files are in it, as CycloneDX 1.6.
 *
 * `npm sbom` would list what is installed, without what a development dependency also needs.
 *
 * @param root the folder to which the bundle's inputs are relative
 */
export async function sbomOf(
  bundle: Metafile,
  root: string,
  app: { readonly name: string; readonly version: string },
): Promise<string> {
  const folders = new Set(
    Object.keys(bundle.inputs).flatMap(
      (input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? [],
    ),
  );
  const components = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(
        await readFile(join(root, folder, "package.json"), "utf8"),
      );
      return {
        type: "library",
        "bom-ref": `${name}@${version}`,
        name,
        version,
        purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
        ...(license && { licenses: [{ license: { id: license } }] }),
      };
    }),
  );
  const sbom = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", "bom-ref": app.name, ...app } },
    components,
  };
  return `${JSON.stringify(sbom, undefined, 2)}\n`;
}
