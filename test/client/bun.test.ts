import { afterAll, beforeAll, expect, test } from "bun:test";
import { allowForStarts } from "../support/services.ts";
import { openPlaces } from "./places.ts";
import { runScenario, SCENARIOS } from "./scenarios/all.ts";

allowForStarts();
let places: Awaited<ReturnType<typeof openPlaces>>;
beforeAll(async () => {
  places = await openPlaces();
}, 60_000);
afterAll(() => places[Symbol.asyncDispose]());

test.each(SCENARIOS.map(({ name }) => name))("sdk in Bun: %s", async (name) => {
  expect(await runScenario(name, places)).toBeUndefined();
});
