import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { HistoryQueue } from "../../src/delivery/history-queue.ts";
import { openLog } from "../../src/log.ts";
import type { Database } from "../../src/store/database.ts";
import { History } from "../../src/store/history.ts";

const BATCHES = 300;

test("a batch that is done leaves nothing behind in memory", async () => {
  // Never asked: no frame of this test gets as far.
  const history = new History({ kind: "postgres" } as Database, 30);
  const queue = new HistoryQueue(history, async () => {}, Number.POSITIVE_INFINITY, openLog("silent", "json"));
  // So large that each is a batch of its own.
  const frame = Buffer.alloc(4 << 20);
  queue.refused(frame);
  const promisesAfter = async (batches: number) => {
    for (let i = 0; i < batches; i++) queue.take(frame);
    await queue.settled(30_000);
    Bun.gc(true);
    return heapStats().objectTypeCounts["Promise"] ?? 0;
  };
  const before = await promisesAfter(1);
  expect((await promisesAfter(BATCHES)) - before).toBeLessThan(BATCHES / 2);
  await queue.stop(0);
});
