import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { compose, NODES, ROOT, read, readYaml } from "./files.ts";

const { scrape_configs, rule_files } = readYaml("deploy/prometheus/prometheus.yml");
const [job] = scrape_configs;
const mountOf = (service: string, inside: string): string =>
  compose.services[service].volumes.find((each: string) => each.split(":")[1]!.startsWith(inside));

test("Prometheus scrapes every node, with the token that the nodes ask for", () => {
  expect(job.static_configs[0].targets).toEqual(NODES.map((node) => `${node}:8080`));
  const secret = job.authorization.credentials_file.replace("/run/secrets/", "");
  expect(compose.services.prometheus.secrets).toEqual([secret]);
  expect(compose.secrets[secret]).toEqual({ environment: "METRICS_TOKEN" });
});

test("Prometheus has the alerts, under the job's name that they ask for", () => {
  const [source, inside] = mountOf("prometheus", rule_files[0].replace("*.yml", "")).split(":");
  expect([source, inside!.endsWith(".yml")]).toEqual(["./ops/prometheus/alerts.yml", true]);
  expect(read("ops/prometheus/alerts.yml")).toContain(`up{job="${job.job_name}"}`);
});

test("Grafana's data source is Prometheus, and its dashboard is where it looks", () => {
  const [source] = readYaml("deploy/grafana/provisioning/datasources/prometheus.yaml").datasources;
  expect(new URL(source.url).hostname).toBe("prometheus");
  const [provider] = readYaml("deploy/grafana/provisioning/dashboards/polyge.yaml").providers;
  expect(existsSync(join(ROOT, mountOf("grafana", provider.options.path).split(":")[0]!, "polyge.json"))).toBe(true);
  const dashboard = JSON.parse(read("ops/grafana/polyge.json"));
  for (const { type, datasource } of dashboard.panels) if (type !== "row") expect(datasource.uid).toBe(source.uid);
});
