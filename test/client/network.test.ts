import { expect, test } from "bun:test";
import { allowForStarts } from "../support/services.ts";
import { exchange } from "./network/exchange.ts";
import { startServer } from "./places.ts";

allowForStarts();

test("over networks that cut, freeze, half-close and overtake, each message arrives once and in order", async () => {
  const { lost, doubled, disordered, arrived } = await exchange((await startServer()).url, 500, 10);
  expect({ lost, doubled, disordered, arrived }).toEqual({ lost: 0, doubled: 0, disordered: 0, arrived: 1000 });
});
