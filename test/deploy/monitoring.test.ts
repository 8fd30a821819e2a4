import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { clientOf } from "../support/client.ts";
import { testUnless, withoutPrograms } from "../support/needs.ts";
import { allowForStarts, METRICS_TOKEN } from "../support/services.ts";
import { compose, NODES, ROOT, read, readYaml } from "./files.ts";

allowForStarts();

const [job] = readYaml("deploy/prometheus/prometheus.yml").scrape_configs;

test("Prometheus scrapes every node, with the token that the nodes ask for", () => {
  expect(job.static_configs[0].targets).toEqual(NODES.map((node) => `${node}:8080`));
  const secret = job.authorization.credentials_file.replace("/run/secrets/", "");
  expect(compose.services.prometheus.secrets).toEqual([secret]);
  expect(compose.secrets[secret]).toEqual({ environment: "METRICS_TOKEN" });
});

test("Grafana's data source is Prometheus, and its dashboard is where it looks", () => {
  const [source] = readYaml("deploy/grafana/provisioning/datasources/prometheus.yaml").datasources;
  expect(new URL(source.url).hostname).toBe("prometheus");
  const [provider] = readYaml("deploy/grafana/provisioning/dashboards/polyge.yaml").providers;
  const mount = compose.services.grafana.volumes.find((each: string) => each.includes(`:${provider.options.path}:`));
  expect(existsSync(join(ROOT, mount.split(":")[0], "polyge.json"))).toBe(true);
  for (const { datasource } of dashboard.panels) expect(datasource.uid).toBe(source.uid);
});

const dashboard = JSON.parse(read("deploy/grafana/dashboards/polyge.json"));

test("every metric on the dashboard is one that the server has", async () => {
  const client = await clientOf("pglite");
  const { body } = await client.get("/metrics", {}, { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
  const names = new Set([...String(body).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  for (const { title, targets } of dashboard.panels) {
    for (const { expr } of targets) {
      const used = [...expr.matchAll(/\b(?:polyge|process)_\w+/g)].map(([name]) => name.replace(/_bucket$/, ""));
      expect([title, used.length]).toEqual([title, 1]);
      expect([...names]).toContain(used[0]);
    }
  }
});

testUnless(withoutPrograms("promtool"), "promtool accepts the configuration", async () => {
  const file = join(ROOT, "deploy/prometheus/prometheus.yml");
  const run = Bun.spawn(["promtool", "check", "config", "--syntax-only", file], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect([await run.exited, await run.stderr.text()]).toEqual([0, ""]);
});
