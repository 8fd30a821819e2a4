/** The scenarios as a program of Node.js, bundled, with the `ws` package for a WebSocket. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { allowForStarts } from "../support/services.ts";
import { runnerFile } from "./bundle.ts";
import { openPlaces } from "./places.ts";
import { SCENARIOS } from "./scenarios/all.ts";

const NODE = Bun.which("node");
const OLDEST = 20;
const names = SCENARIOS.map(({ name }) => name);

async function reasonAgainstNode(): Promise<string | undefined> {
  if (!NODE) return "no node on the PATH";
  const version = await Bun.$`${NODE} --version`.text();
  return Number.parseInt(version.slice(1), 10) >= OLDEST ? undefined : `node is ${version.trim()}`;
}
const NO_NODE = await reasonAgainstNode();
if (NO_NODE && process.env["CI"]) throw new Error(`CI must test the SDK in Node.js: ${NO_NODE}`);

allowForStarts();
if (NO_NODE) test.skip(`sdk in Node.js: ${NO_NODE}`, () => {});
else {
  const outcomes = new Map<string, string | null>();
  let file = "";
  let places: Awaited<ReturnType<typeof openPlaces>>;
  beforeAll(async () => {
    places = await openPlaces();
    file = await runnerFile("node");
    const child = Bun.spawn([NODE!, file, JSON.stringify(places)], { stdio: ["ignore", "pipe", "inherit"] });
    for (const line of (await child.stdout.text()).split("\n")) {
      if (line === "") continue;
      const [name, wrong] = JSON.parse(line);
      outcomes.set(name, wrong);
    }
    // It ends by itself: a client that was closed leaves no timer and no socket behind.
    expect(await child.exited).toBe(0);
  }, 120_000);
  afterAll(async () => {
    rmSync(dirname(file), { recursive: true });
    await places[Symbol.asyncDispose]();
  });

  test.each(names)("sdk in Node.js: %s", (name) => expect(outcomes.get(name)).toBeNull());
}
