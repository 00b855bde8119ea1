/** A bundle in CommonJS has no `import.meta`: esbuild puts this in its place, and leaves it out where nothing asks for it. */
import { pathToFileURL } from "node:url";

export const importMetaUrl: string = /* @__PURE__ */ String(/* @__PURE__ */ pathToFileURL(__filename));
