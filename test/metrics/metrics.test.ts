import { expect, test } from "bun:test";
import { METRICS_PAGES, metricsPage } from "../../docs/metrics.ts";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { bucketsOf, quantile, type Sample, samplesOf } from "../../src/metrics/text.ts";
import { testUnless, withoutPrograms } from "../support/needs.ts";
import { allowForStarts, METRICS_TOKEN } from "../support/services.ts";
import { type Stage, stageOn } from "../support/stage.ts";

allowForStarts();
const stage = stageOn("pglite", { METRICS_TOKEN });

async function scrape(from: Stage): Promise<string> {
  const client = await from.client();
  return (await client.get("/metrics", {}, { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } })).body;
}

/** How much a value, by name and labels, has grown over what `run` does. */
async function grown(run: () => Promise<void>, ...wanted: [name: string, labels?: Sample["labels"]][]) {
  const read = async () => {
    const samples = samplesOf(await scrape(stage));
    return wanted.map(([name, labels = {}]) =>
      samples
        .filter((each) => each.name === name && Object.entries(labels).every(([key, is]) => each.labels[key] === is))
        .reduce((sum, { value }) => sum + value, 0),
    );
  };
  const before = await read();
  await run();
  const after = await read();
  return after.map((value, at) => value - before[at]!);
}

test("every metric of the catalogue is in the answer, and none besides", async () => {
  const typed = [...(await scrape(stage)).matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]);
  expect(typed).toEqual(CATALOGUE.map(({ name, type }) => [name, type]));
});

test("docs/metrics.md is what the catalogue says", async () => {
  for (const [path, head] of Object.entries(METRICS_PAGES)) expect(await Bun.file(path).text()).toBe(metricsPage(head));
});

testUnless(withoutPrograms("promtool"), "promtool has nothing to say against names, types and help texts", async () => {
  const check = Bun.spawn(["promtool", "check", "metrics"], {
    stdin: new Blob([await scrape(stage)]),
    stdout: "pipe",
    stderr: "pipe",
  });
  expect([await check.stderr.text(), await check.exited]).toEqual(["", 0]);
});

test("a frame is measured from its sender to its confirmation", async () => {
  const [ana, ben] = [await stage.peer(), await stage.peer({ v2: true })];
  await Promise.all([ana.soFar(), ben.soFar()]);
  ben.sendText({ type: "got", n: 1 });
  await Promise.all([ana.sync(), ben.sync()]);
  const size = ana.frame(ben.uid, { data: "hello" }).length;
  const counts = await grown(
    async () => {
      ana.send(ben.uid, { data: "hello" });
      await ben.nextFrame();
      ben.sendText({ type: "got", n: 2 });
      await ben.sync();
    },
    ["polyge_frames_total", { outcome: "sent" }],
    ["polyge_frames_total", { outcome: "confirmed" }],
    ["polyge_frame_bytes_total", { direction: "in" }],
    ["polyge_frame_bytes_total", { direction: "out" }],
    ["polyge_confirmation_seconds_count", { target: "here" }],
  );
  expect(counts).toEqual([1, 1, size, size, 1]);
  const [deliveries] = await grown(async () => {
    ana.send(ben.uid);
    await ben.nextFrame();
  }, ["polyge_delivery_seconds_count"]);
  expect(deliveries).toBeGreaterThan(0);
});

test("a frame that is never confirmed is not measured as one that was", async () => {
  const [ana, ben] = [await stage.peer(), await stage.peer({ answersPings: false })];
  await ana.soFar();
  await ana.sync();
  const [confirmations] = await grown(async () => {
    ana.send(ben.uid);
    await ben.nextFrame();
    ben.cut();
    await stage.offline(ben.uid);
  }, ["polyge_confirmation_seconds_count"]);
  expect(confirmations).toBe(0);
});

test("sockets, logins and calls are counted where they happen", async () => {
  const counts = await grown(
    async () => {
      const client = await stage.client();
      const ana = await stage.open(await client.join());
      await ana.close(1000);
      const ben = await stage.open(await client.join());
      await ben.close(3999);
      await stage.offline(ben.uid);
    },
    ["polyge_sockets_closed_total", { code: "1000" }],
    ["polyge_sockets_closed_total", { code: "other" }],
    ["polyge_sockets_opened_total"],
    ["polyge_argon2_seconds_count"],
    ["polyge_token_lookups_total", { source: "database" }],
    ["polyge_http_request_duration_seconds_count", { route: "/wsconn", status: "101" }],
  );
  // Who watches for the end has not registered.
  expect(counts).toEqual([1, 1, 3, 2, 3, 3]);
});

const histogram = (...counts: [le: string, count: number][]) =>
  bucketsOf(samplesOf(counts.map(([le, count]) => `h_bucket{le="${le}"} ${count}`).join("\n")), "h");

test.each([
  ["inside a bucket, evenly", 0.5, histogram(["1", 0], ["2", 10], ["+Inf", 10]), 1.5],
  ["in the first bucket from 0", 0.5, histogram(["1", 10], ["+Inf", 10]), 0.5],
  ["past the last bound: that bound", 0.99, histogram(["1", 1], ["+Inf", 10]), 1],
  ["of nothing: none", 0.5, histogram(["1", 0], ["+Inf", 0]), undefined],
])("a quantile %s", (_, q, buckets, expected) => {
  expect(quantile(q, buckets)).toBe(expected);
});

test("a quantile between two scrapes is that of what came between; after a restart there is none", () => {
  const before = histogram(["1", 10], ["2", 10], ["+Inf", 10]);
  expect(quantile(0.5, histogram(["1", 10], ["2", 20], ["+Inf", 20]), before)).toBe(1.5);
  expect(quantile(0.5, histogram(["1", 1], ["2", 1], ["+Inf", 1]), before)).toBeUndefined();
});

test("labels are read with what is escaped in them", () => {
  expect(samplesOf('# HELP a b\na{x="\\"q\\\\\\n",y="{,}"} 2.5e3\nb NaN')).toEqual([
    { name: "a", labels: { x: '"q\\\n', y: "{,}" }, value: 2500 },
    { name: "b", labels: {}, value: Number.NaN },
  ]);
});
