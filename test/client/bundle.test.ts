import { expect, test } from "bun:test";
import { bundle, SDK } from "./bundle.ts";

/** hash-wasm's own part is not counted. */
const MOST_BYTES = 15_000;

test("the SDK has 15 KB at most, gzipped, without hash-wasm", async () => {
  const script = await bundle(SDK, "browser", ["hash-wasm"]);
  expect(Bun.gzipSync(Buffer.from(script), { level: 9 }).length).toBeLessThanOrEqual(MOST_BYTES);
});

test("the SDK needs nothing of Bun or Node.js, and of packages only hash-wasm", async () => {
  const script = await bundle(SDK, "browser", ["hash-wasm", "node:*", "bun:*"]);
  const imports = [...script.matchAll(/\bfrom\s*"([^"]+)"|\bimport\(\s*"([^"]+)"|\brequire\(\s*"([^"]+)"/g)];
  expect(imports.map(([, a, b, c]) => a ?? b ?? c)).toEqual(["hash-wasm"]);
  expect(script).not.toMatch(/\bBun\.|\bprocess\.|\bBuffer\.|\bsetImmediate\b/);
});
