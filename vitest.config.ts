import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], testTimeout: 20_000 } },
      { test: { name: "differential", include: ["test/differential/**/*.test.ts"], testTimeout: 60_000, fileParallelism: false } },
      { test: { name: "guest", include: ["test/guest/**/*.test.ts"], testTimeout: 120_000, fileParallelism: false } },
    ],
  },
});
