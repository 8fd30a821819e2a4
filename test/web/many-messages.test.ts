/** A busy talk and a long one: the page stays quick, and its size bounded. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, CDPSession } from "playwright-core";
import { type Connection, Polyge, type Session } from "../../src/client/index.ts";
import { launch, NO_CHROMIUM } from "../support/chromium.ts";
import { unique } from "../support/client.ts";
import { NO_POSTGRES } from "../support/databases.ts";
import { suiteUnless } from "../support/needs.ts";
import { allowForStarts, sharedService } from "../support/services.ts";
import { Visitor } from "./visitor.ts";

const SETTINGS = { REGISTRATIONS: "0" };
const LONG = 10_000;
const A_SECOND = 50;
const SECONDS = 3;
/** What the browser itself calls a long task, in ms. */
const LONG_TASK_MS = 50;
/** Rows of the talk, days and rows that are on their way among them. */
const MOST_ROWS = 250;
const MOST_HEAP_GROWTH_BYTES = 8 << 20;
/** The machine may be busy with other things; a page that is slow is slow each time. */
const ROUNDS = 3;

allowForStarts();
// The embedded database takes its time over so long a history.
suiteUnless(NO_CHROMIUM ?? NO_POSTGRES, "web: many messages", () => {
  let browser: Browser;
  let visitor: Visitor;
  let reader: Session;
  let writer: Connection;
  let cdp: CDPSession;
  let server: Polyge;
  beforeAll(async () => {
    const { service } = await sharedService("postgres", SETTINGS);
    server = new Polyge(service.url);
    browser = await launch();
    const person = { pwd: "correct horse", gender: 1, language: 1, occup: "cook", user_type: 2 } as const;
    reader = await server.register({ ...person, uname: unique() });
    writer = await server.connect(await server.register({ ...person, uname: unique() }));
    visitor = await Visitor.come(browser, service.port, "reader");
    cdp = await visitor.context.newCDPSession(visitor.page);
    await cdp.send("HeapProfiler.enable");
  });
  afterAll(async () => {
    writer?.close();
    await visitor?.leave();
    await browser?.close();
  });

  const heapBytes = async () => {
    await cdp.send("HeapProfiler.collectGarbage");
    return (await cdp.send("Runtime.getHeapUsage")).usedSize;
  };
  /** Tasks longer than a reader should notice since the last call, in ms. */
  const longTasks = () =>
    visitor.page.evaluate<number[]>("observed.takeRecords().map((each) => Math.round(each.duration))");

  test("of 10,000 messages few are on the page at a time, from the last to the first", async () => {
    for (let n = 0; n < LONG - 1; n++) void writer.send(reader.uid, `message ${n}`);
    await writer.send(reader.uid, `message ${LONG - 1}`).stored;
    // Kept behind the relay's back, a moment later.
    for (let kept = ""; kept !== `message ${LONG - 1}`; ) {
      kept = (await server.history(reader, writer.uid, { limit: 1 })).items[0]?.text ?? "";
    }
    await visitor.enter(reader, `talk/${writer.uid}`);
    const { page } = visitor;
    await visitor.message(`message ${LONG - 1}`).waitFor();
    const before = await heapBytes();
    // As fast as a wheel goes, one step a frame, waiting for nothing.
    const walk = await page.evaluate<{ mostRows: number; gaps: number[]; first: string }>(`new Promise((resolve) => {
      const scroller = document.querySelector(".timeline"), rows = scroller.querySelector("ol").children;
      const gaps = []; let mostRows = 0, last = performance.now();
      const step = (now) => {
        gaps.push(now - last); last = now;
        mostRows = Math.max(mostRows, rows.length);
        const first = scroller.querySelector(".message .text").textContent;
        if (first === "message 0" && scroller.scrollTop === 0) return resolve({ mostRows, gaps, first });
        scroller.scrollTop -= 1200;
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    })`);
    expect(walk.first).toBe("message 0");
    expect(walk.mostRows).toBeLessThanOrEqual(MOST_ROWS);
    expect((await heapBytes()) - before).toBeLessThan(MOST_HEAP_GROWTH_BYTES);
    const smooth = walk.gaps.filter((gap) => gap < LONG_TASK_MS).length / walk.gaps.length;
    console.log(
      "frames",
      walk.gaps.length,
      "smooth",
      smooth,
      "max",
      Math.max(...walk.gaps),
      "rows",
      walk.mostRows,
      "heap",
      before,
      await heapBytes(),
    );
    expect(smooth).toBeGreaterThan(0.9);
    await page.getByRole("button", { name: "To the newest" }).click();
    await visitor.message(`message ${LONG - 1}`).waitFor();
  }, 60_000);

  test("no task is long while 50 messages a second arrive", async () => {
    const { page } = visitor;
    await page.evaluate(
      "globalThis.observed = new PerformanceObserver(() => {}); observed.observe({ type: 'longtask', buffered: false }); 0",
    );
    const rounds: number[][] = [];
    for (let round = 0; round < ROUNDS && rounds.every((tasks) => tasks.length > 0); round++) {
      await longTasks();
      await new Promise<void>((resolve) => {
        let n = 0;
        // Time: the rate is what this is about.
        const timer = setInterval(() => {
          writer.send(reader.uid, `quick ${round} ${n++}`);
          if (n < A_SECOND * SECONDS) return;
          clearInterval(timer);
          resolve();
        }, 1000 / A_SECOND);
      });
      await visitor.message(`quick ${round} ${A_SECOND * SECONDS - 1}`).waitFor();
      rounds.push(await longTasks());
    }
    expect(rounds).toContainEqual([]);
    expect(visitor.faults).toEqual([]);
  }, 60_000);
});
