/** The scenarios as a program of Node.js, bundled, with the `ws` package for a WebSocket. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { type Obstacle, suiteUnless, withoutPrograms } from "../support/needs.ts";
import { allowForStarts } from "../support/services.ts";
import { runnerFile } from "./bundle.ts";
import { openPlaces } from "./places.ts";
import { SCENARIOS } from "./scenarios/all.ts";

const NODE = "node";
const OLDEST = 20;
const names = SCENARIOS.map(({ name }) => name);

async function reasonAgainstNode(): Promise<Obstacle> {
  const missing = withoutPrograms(NODE);
  if (missing !== undefined) return missing;
  const version = await Bun.$`${NODE} --version`.text();
  return Number.parseInt(version.slice(1), 10) >= OLDEST ? undefined : `node is ${version.trim()}`;
}
const NO_NODE = await reasonAgainstNode();

allowForStarts();
suiteUnless(NO_NODE, "sdk in Node.js", () => {
  const outcomes = new Map<string, string | null>();
  let file = "";
  let places: Awaited<ReturnType<typeof openPlaces>>;
  beforeAll(async () => {
    places = await openPlaces();
    file = await runnerFile("node");
    const child = Bun.spawn([NODE, file, JSON.stringify(places)], { stdio: ["ignore", "pipe", "inherit"] });
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

  test.each(names)("%s", (name) => expect(outcomes.get(name)).toBeNull());
});
