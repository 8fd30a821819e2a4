#!/usr/bin/env node
/** What a package manager puts on the PATH: the server and its tools, which need Bun. Plain JavaScript, since Node.js may read it. */
import { readFileSync } from "node:fs";

const root = new URL("../", import.meta.url);

if (process.versions.bun) {
  process.env.GIT_COMMIT ||= readFileSync(new URL("dist/commit", root), "utf8");
  await import(new URL("src/program.ts", root).href);
} else {
  const { engines } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  console.error(
    `polyge: this is Node.js ${process.version}, and the server needs Bun ${engines.bun}: ` +
      `bunx --bun polyge, or without Bun on the PATH: npx -y bun@${engines.bun} x --bun polyge`,
  );
  process.exit(1);
}
