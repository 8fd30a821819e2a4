import { expect, test } from "bun:test";
import { nextPause } from "../../src/workers/supervisor.ts";

test("a worker that dies young is started again later each time, up to 10 s; one that lived starts the count again", () => {
  const pauses: number[] = [];
  for (let pause = 0; pauses.length < 9; pauses.push(pause)) pause = nextPause(pause, 50);
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  expect(nextPause(10_000, 10_000)).toBe(100);
});
