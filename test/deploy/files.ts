/** The deployment files as data. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { YAML } from "bun";

export const ROOT = join(import.meta.dir, "../..");
export const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
// biome-ignore lint/suspicious/noExplicitAny: files of many shapes, checked by the tests
export const readYaml = (path: string): any => YAML.parse(read(path));

export const NODES = ["node1", "node2", "node3"];
export const compose = readYaml("compose.yaml");

export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The Dockerfile's stages, each a list of instructions; comments and line continuations are gone. */
export function dockerfile(): Instruction[][] {
  const text = read("Dockerfile")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "");
  const instructions = [...text.matchAll(/^([A-Z]+) +(.+)$/gm)].map(([, name, rest]) => ({ name: name!, rest: rest! }));
  const stages: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.name === "FROM") stages.push([]);
    stages.at(-1)!.push(instruction);
  }
  return stages;
}

/** What the image's ENV says. */
export function imageEnvironment(): Record<string, string> {
  const lines = dockerfile().at(-1)!;
  const pairs = lines.filter(({ name }) => name === "ENV").flatMap(({ rest }) => rest.split(" "));
  return Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string]));
}

/** `.env.example`: a secret is empty there. */
export const exampleEnvironment = (): Record<string, string> =>
  Object.fromEntries([...read(".env.example").matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
