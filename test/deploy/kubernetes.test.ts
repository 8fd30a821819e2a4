import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";
import { testUnless, withoutPrograms } from "../support/needs.ts";
import { ROOT, read, readYaml } from "./files.ts";

const FOLDER = "deploy/kubernetes";
const kustomizations = [...new Glob(`${FOLDER}/**/kustomization.yaml`).scanSync(ROOT)];
const manifests = kustomizations.flatMap((path) =>
  (readYaml(path).resources as string[]).map((each) => readYaml(join(dirname(path), each))),
);
const folder = mkdtempSync(join(tmpdir(), "polyge-kubernetes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What TypeScript has to say about manifests as objects of the types made from Kubernetes' OpenAPI; unknown fields too. */
async function complaints(objects: readonly Manifest[]): Promise<string> {
  const lines = objects.map((each, index) => {
    const [group, version = group] = each.apiVersion.split("/") as [string, string?];
    const module = each.apiVersion.includes("/") ? `${group.split(".")[0]}/${version}` : `core/${version}`;
    return `export const m${index}: import("kubernetes-types/${module}").${each.kind} = ${JSON.stringify(each)};`;
  });
  const file = join(folder, "manifests.ts");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--ignoreConfig", "--types", "", "--pretty", "false"];
  const tsc = Bun.spawn([process.execPath, "x", "--no-install", "tsc", ...options, file], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err] = await Promise.all([tsc.stdout.text(), tsc.stderr.text()]);
  return out + err;
}

test("every manifest is what Kubernetes' API says", async () => {
  expect(manifests.map(({ kind }) => kind).sort()).toEqual([
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "PodDisruptionBudget",
    "Service",
  ]);
  expect(await complaints(manifests)).toBe("");
});

test("a misspelt field far inside would be found", async () => {
  const wrong = structuredClone(manifests.find(({ kind }) => kind === "Deployment"));
  wrong.spec.template.spec.containers[0].readinessProbe.httpGet.paht = "/readyz";
  expect(await complaints([wrong])).toMatch(/paht.* does not exist in type 'HTTPGetAction'/);
});

test("a node gets traffic when ready, restarts when it does not answer, has time to stop and cannot write", () => {
  const { spec } = manifests.find(({ kind }) => kind === "Deployment").spec.template;
  const [container] = spec.containers;
  expect(container.readinessProbe.httpGet.path).toBe("/readyz");
  expect(container.livenessProbe.httpGet.path).toBe("/healthz");
  const pause = Number(container.lifecycle.preStop.exec.command.at(-1));
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(pause + 10);
  expect(spec.securityContext.runAsNonRoot).toBe(true);
  expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
});

test("the ingress keeps from clients what the balancer of compose.yaml keeps from them", () => {
  const { annotations } = manifests.find(({ kind }) => kind === "Ingress").metadata;
  const rules = read("deploy/haproxy/haproxy.cfg").match(/http-request deny .*/g);
  expect(annotations["haproxy.org/backend-config-snippet"].trim().split("\n")).toEqual(rules);
});

testUnless(withoutPrograms("kubectl"), "kustomize builds it, with both components", async () => {
  const overlay = join(folder, "overlay");
  mkdirSync(overlay);
  // By its real path: kustomize takes a way back that leads over a link for another place.
  const base = relative(realpathSync(overlay), join(ROOT, FOLDER));
  const components = [`${base}/components/ingress`, `${base}/components/autoscaler`];
  writeFileSync(join(overlay, "kustomization.yaml"), JSON.stringify({ resources: [base], components }));
  const run = Bun.spawn(["kubectl", "kustomize", overlay], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err] = await Promise.all([run.stdout.text(), run.stderr.text()]);
  expect(err).toBe("");
  const built = Bun.YAML.parse(out) as { kind: string; spec: { replicas?: number } }[];
  expect(built).toHaveLength(manifests.length);
  expect(built.find(({ kind }) => kind === "Deployment")!.spec.replicas).toBeUndefined();
});
