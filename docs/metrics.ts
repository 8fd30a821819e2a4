/** Writes docs/metrics.md from the catalogue of metrics: `bun run docs`. */
import { fileURLToPath } from "node:url";
import { CATALOGUE } from "../src/metrics/catalogue.ts";
import { WORKER_MEASURES } from "../src/metrics/registry.ts";

export const METRICS = fileURLToPath(new URL("metrics.md", import.meta.url));

const HEAD = `# Metrics

\`GET /metrics\`, behind the bearer token \`METRICS_TOKEN\` where that is set, answers in Prometheus' text format. This page is
made from the code (\`bun run docs\`). What to watch and what to do about it is in [ops](../ops/README.md).

Nothing is summed over processes: scrape each node for itself. Of several workers on one port whichever is asked answers for
all, with a label \`worker\`: \`sum without (worker) (polyge_sockets)\`. Counters count from the process's start.

Counting costs the relay nothing: parts keep plain numbers, which are read when somebody scrapes. The two latency histograms
are samples, by the rules that stand there; both take the frames that wait longest, so true percentiles are lower, not higher.

`;

/** A cell of a table must not hold what ends one. */
const cell = (text: string) => text.replaceAll("|", "\\|");

/** The page as it should be. */
export function metricsPage(): string {
  const rows = CATALOGUE.map(({ name, type, help, labels = {} }) => {
    const said = Object.entries(labels).map(([label, says]) => `<br>\`${label}\`: ${says}`);
    return `| \`${name}\` | ${type} | ${cell(help + said.join(""))} |`;
  });
  const workers = WORKER_MEASURES.map(({ name, help }) => `| \`${name}\` | gauge | ${cell(help)} |`);
  return `${HEAD}| name | type | meaning |\n|---|---|---|\n${[...rows, ...workers].join("\n")}\n`;
}

if (import.meta.main) await Bun.write(METRICS, metricsPage());
