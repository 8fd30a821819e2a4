import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

const SOURCE = join(import.meta.dir, "..", "src");

/** Which folder may import from which, besides itself. Types cross freely where nothing of the other side runs. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  protocol: [],
  metrics: [],
  tracing: [],
  shipped: [],
  store: ["metrics", "protocol", "shipped"],
  // Of the store only `StartError`.
  broker: ["store", "protocol"],
  // Of the store only `StartError`, too.
  catalogues: ["store", "shipped"],
  accounts: ["store", "metrics", "protocol"],
  delivery: ["broker", "store", "accounts", "metrics", "protocol"],
  socket: ["delivery", "accounts", "store", "metrics", "protocol"],
  http: ["accounts", "catalogues", "store", "metrics", "protocol", "shipped"],
  workers: [],
  client: ["protocol"],
  // Of the metrics only what reads them from text.
  web: ["client", "metrics"],
  cli: ["cli/command", "client", "metrics", "protocol"],
  // These work on the database itself: whoever runs them has its password, or its files, anyway.
  "cli/backup": ["cli/command", "store"],
  "cli/accounts": ["cli/command", "accounts", "store"],
  "cli/command": [],
};

/** The folder, and the folder within where that is a room of its own. */
function roomOf(path: string): string {
  const [folder, inner] = path.includes("/") ? path.split("/") : [""];
  return `${folder}/${inner}` in MAY_IMPORT ? `${folder}/${inner}` : folder!;
}

const files = [...new Glob("**/*.{ts,tsx}").scanSync(SOURCE)].map((path) => ({
  path,
  folder: roomOf(path),
  text: readFileSync(join(SOURCE, path), "utf8"),
}));

/** What a file imports when it runs; `import type` leaves nothing behind. */
function importsOf(text: string): string[] {
  const found = text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^"';]*?\bfrom\s+)?["']([^"']+)["']/gm);
  const dynamic = text.matchAll(/\bimport\(\s*["']([^"']+)["']/g);
  return [...found, ...dynamic].map(([, specifier]) => specifier!);
}

test("imports follow the direction of the data", () => {
  const wrong: string[] = [];
  for (const { path, folder, text } of files) {
    const allowed = MAY_IMPORT[folder];
    if (!allowed) continue;
    for (const specifier of importsOf(text)) {
      if (!specifier.startsWith(".")) continue;
      const target = relative(SOURCE, join(SOURCE, dirname(path), specifier));
      const other = roomOf(target);
      if (other !== folder && !allowed.includes(other)) wrong.push(`${path} imports ${target}`);
    }
  }
  expect(files.length).toBeGreaterThan(20);
  expect(wrong).toEqual([]);
});

test("the protocol needs nothing of ours, nothing of Bun, and of libraries only the small schemas", () => {
  for (const { path, folder, text } of files) {
    if (folder !== "protocol") continue;
    const foreign = importsOf(text).filter((specifier) => !specifier.startsWith("./") && specifier !== "zod/mini");
    expect([path, foreign, /\bBun\./.test(text)]).toEqual([path, [], false]);
  }
});

test("the environment, signals and exit belong to main.ts, its watchdog and the command line", () => {
  const touching = files.filter(({ text }) => /\bprocess\.(?:env|exit|on|once|kill)\b|\bBun\.env\b/.test(text));
  const others = touching.filter(
    ({ path, folder }) => !["main.ts", "watchdog.ts"].includes(path) && !["cli", "web"].includes(folder.split("/")[0]!),
  );
  expect(others.map(({ path }) => path)).toEqual([]);
});

test("SQL lives in the store", () => {
  const users = files.filter(({ text }) =>
    importsOf(text).some((each) => /^(?:drizzle-orm|postgres|@electric)/.test(each)),
  );
  expect(users.filter(({ folder }) => folder !== "store").map(({ path }) => path)).toEqual([]);
});

test("a test that waits for time says why beside it, in a comment that starts with Time:", () => {
  const waits = /\b(?:Bun\.sleep(?:Sync)?|setTimeout|setInterval)\(|["']node:timers|Atomics\.wait\(/;
  const unexplained = [...new Glob("**/*.ts").scanSync(import.meta.dir)].flatMap((path) => {
    if (path === "house.test.ts") return [];
    const lines = readFileSync(join(import.meta.dir, path), "utf8").split("\n");
    const explained = (at: number) =>
      lines.slice(Math.max(at - 1, 0), at + 1).some((line) => line.includes("// Time: "));
    return lines.flatMap((line, at) => (waits.test(line) && !explained(at) ? [`${path}:${at + 1}`] : []));
  });
  expect(unexplained).toEqual([]);
});

test("no file is longer than 300 lines", () => {
  const longer = [
    // One table of cases, or one client that every test speaks with: cut in two, one would look in the wrong half.
    ...["test/broker/broker.test.ts", "test/socket/v2.test.ts", "test/support/peer.ts"],
  ];
  const root = join(import.meta.dir, "..");
  const long = [...new Glob("{src,test,bench}/**/*.ts").scanSync(root)].filter(
    (path) => readFileSync(join(root, path), "utf8").trimEnd().split("\n").length > 300,
  );
  expect(long.filter((path) => !longer.includes(path)).sort()).toEqual([]);
});

test("OpenTelemetry is loaded where traces are asked for, and nowhere else", () => {
  const loaders = files.filter(({ text }) => importsOf(text).some((each) => each.startsWith("@opentelemetry/")));
  expect(loaders.map(({ path }) => path)).toEqual(["tracing/otlp.ts"]);
  const users = files.filter(({ text }) => importsOf(text).some((each) => each.endsWith("/otlp.ts")));
  expect(users.map(({ path, text }) => [path, text.includes('await import("./otlp.ts")')])).toEqual([
    ["tracing/open.ts", true],
  ]);
});
