import { expect, test } from "bun:test";
import { SETTINGS, type Setting } from "../../src/config.ts";
import { compose, exampleEnvironment, imageEnvironment, NODES, read, readYaml } from "./files.ts";

type Values = [name: string, value: string][];

const known: Record<string, Setting> = SETTINGS;
/** The image's own: Bun's, and what /version answers. */
const OTHERS = ["NODE_ENV", "GIT_COMMIT"];
/** As `openssl rand -hex 24` makes them. */
const SECRET = "0123456789abcdef".repeat(3);

const fromImage: Values = Object.entries(imageEnvironment()).filter(([name]) => !OTHERS.includes(name));

const example = exampleEnvironment();
const fromCompose = NODES.flatMap((node) => Object.entries<string>(compose.services[node].environment)).map(
  ([name, value]) => [name, value.replaceAll(/\$\{(\w+)[^}]*\}/g, (_, variable) => example[variable] || SECRET)],
) as Values;

const [container] = readYaml("deploy/kubernetes/deployment.yaml").spec.template.spec.containers;
const fromManifest: Values = container.env.map(({ name, value }: { name: string; value: string }) => [name, value]);

const fromDocs = (path: string) =>
  [...read(path).matchAll(/--from-literal=(\w+)="(.+)"/g)].map(([, name, value]) => [
    name,
    value!.replace("$(openssl rand -hex 24)", SECRET),
  ]) as Values;

test.each([
  ["the Dockerfile", fromImage],
  ["compose.yaml", fromCompose],
  ["the Kubernetes manifests", fromManifest],
  ["the secret of docs/deployment.md", fromDocs("docs/deployment.md")],
  ["the secret of docs/deployment.zh-CN.md", fromDocs("docs/deployment.zh-CN.md")],
] as [string, Values][])("every setting in %s is one of the server's, with a value that it takes", (_, settings) => {
  expect(settings.length).toBeGreaterThan(0);
  for (const [name, value] of settings) {
    expect(Object.keys(known)).toContain(name);
    expect([name, known[name]!.schema.safeParse(value).error]).toEqual([name, undefined]);
  }
});
