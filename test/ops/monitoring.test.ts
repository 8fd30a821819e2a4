import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { ROOT, read, readYaml } from "../deploy/files.ts";
import { clientOf } from "../support/client.ts";
import { testUnless, withoutPrograms } from "../support/needs.ts";
import { allowForStarts, METRICS_TOKEN } from "../support/services.ts";

allowForStarts();

interface Query {
  readonly where: string;
  readonly expr: string;
}

const dashboard = JSON.parse(read("ops/grafana/polyge.json"));
const rules = readYaml("ops/prometheus/alerts.yml").groups.flatMap((group: { rules: unknown[] }) => group.rules);
const alerts: string[] = rules.map(({ alert }: { alert: string }) => alert);

const queries: Query[] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }: { title: string; targets?: { expr: string }[] }) =>
    targets.map(({ expr }) => ({ where: `panel ${title}`, expr })),
  ),
  ...dashboard.annotations.list.map(({ name, expr }: { name: string; expr: string }) => ({ where: name, expr })),
  ...rules.map(({ alert, expr }: { alert: string; expr: string }) => ({ where: alert, expr })),
];
/** What Prometheus adds, and what only several workers have. */
const FOREIGN = ["up", "ALERTS"];
const ONLY_WORKERS = ["polyge_workers_silent"];
const OUTER_LABELS = ["job", "instance", "worker", "le", "alertname", "alertstate"];

/** The metrics that a query names. */
const namesIn = (expr: string): string[] =>
  [...expr.replaceAll(/"[^"]*"|\{\{.*?\}\}/g, '""').matchAll(/\b(?:polyge|process)_\w+|\bup\b|\bALERTS\b/g)].map(
    ([name]) => name,
  );

let types: Map<string, string>;
beforeAll(async () => {
  const client = await clientOf("pglite");
  const { body } = await client.get("/metrics", {}, { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
  types = new Map([...String(body).matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]));
});

/** The metric behind a name as a query has it: a histogram is asked for by its parts, and only by those. */
function metricOf(name: string): string | undefined {
  const whole = name.replace(/_(?:bucket|sum|count)$/, "");
  if (whole !== name && types.get(whole) === "histogram") return whole;
  return types.has(name) && types.get(name) !== "histogram" ? name : undefined;
}

test("the dashboard and the alerts name only metrics that a running server has, and labels that these have", () => {
  expect(queries.length).toBeGreaterThan(60);
  for (const { where, expr } of queries) {
    const names = namesIn(expr).filter((name) => !FOREIGN.includes(name) && !ONLY_WORKERS.includes(name));
    expect([where, names.filter((name) => metricOf(name) === undefined)]).toEqual([where, []]);
    const known = names.flatMap((name) =>
      Object.keys(CATALOGUE.find((each) => each.name === metricOf(name))?.labels ?? {}),
    );
    const selectors = [...expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label!);
    const grouped = [...expr.matchAll(/\b(?:by|without) \(([^)]+)\)/g)].flatMap(([, list]) => list!.split(/,\s*/));
    const strange = [...selectors, ...grouped].filter((label) => ![...OUTER_LABELS, ...known].includes(label));
    expect([where, strange]).toEqual([where, []]);
  }
});

test("every outcome that a query selects is one that frames can have", () => {
  const help = CATALOGUE.find(({ name }) => name === "polyge_frames_total")!.labels!["outcome"]!;
  for (const { where, expr } of queries) {
    const values = [...expr.matchAll(/outcome(?:=~|!~|=)"([^"]+)"/g)].flatMap(([, list]) => list!.split("|"));
    expect([where, values.filter((value) => !help.includes(value))]).toEqual([where, []]);
  }
});

test("each alert says what it is in one line, whom it calls, and where it is explained, in both languages", () => {
  for (const page of ["ops/README.md", "ops/README.zh-CN.md"]) {
    const sections = [...read(page).matchAll(/^### (Polyge\w+)$/gm)].map(([, name]) => name!);
    expect([page, sections]).toEqual([page, alerts]);
  }
  for (const { alert, labels, annotations } of rules) {
    expect(["page", "ticket"]).toContain(labels.severity);
    expect(annotations.runbook).toBe(`ops/README.md#${alert.toLowerCase()}`);
    expect([alert, annotations.summary.length > 0]).toEqual([alert, true]);
  }
});

test("each alert has a test in which it fires", () => {
  const { tests } = readYaml("ops/prometheus/alerts.test.yml");
  const fired = tests.flatMap(
    ({ promql_expr_test: checks }: { promql_expr_test: { exp_samples: { labels: string }[] }[] }) =>
      checks.flatMap(({ exp_samples }) => exp_samples.map(({ labels }) => /alertname="(\w+)"/.exec(labels)![1])),
  );
  expect(fired).toEqual(alerts);
});

async function promtool(...words: string[]): Promise<[number, string]> {
  const run = Bun.spawn(["promtool", ...words], { cwd: join(ROOT, "ops/prometheus"), stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([run.stdout.text(), run.stderr.text()]);
  return [await run.exited, out + err];
}

const PROMTOOL_TESTS: [string, string[]][] = [
  ["promtool accepts the alerts", ["check", "rules", "alerts.yml"]],
  ["each alert fires when it should, alone, and none on an ordinary day", ["test", "rules", "alerts.test.yml"]],
  [
    "promtool accepts the configuration",
    ["check", "config", "--syntax-only", "../../deploy/prometheus/prometheus.yml"],
  ],
];
for (const [name, words] of PROMTOOL_TESTS) {
  testUnless(withoutPrograms("promtool"), name, async () => {
    const [code, said] = await promtool(...words);
    expect([said, code]).toEqual([said, 0]);
  });
}
