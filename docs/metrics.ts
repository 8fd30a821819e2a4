/** Writes docs/metrics.md and docs/metrics.zh-CN.md from the catalogue of metrics: `bun run docs`. */
import { fileURLToPath } from "node:url";
import { CATALOGUE } from "../src/metrics/catalogue.ts";
import { WORKER_MEASURES } from "../src/metrics/registry.ts";

const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const ENGLISH = `# Metrics

\`GET /metrics\`, behind the bearer token \`METRICS_TOKEN\` where that is set, answers in Prometheus' text format. This page is
made from the code (\`bun run docs\`). What to watch and what to do about it is in [ops](../ops/README.md). [中文](metrics.zh-CN.md)

Nothing is summed over processes: scrape each node for itself. Of several workers on one port whichever is asked answers for
all, with a label \`worker\`: \`sum without (worker) (polyge_sockets)\`. Counters count from the process's start.

Parts keep plain numbers, which are read when somebody scrapes; the bench of the relay runs with them on. The two latency
histograms are samples, by the rules that stand there; both take the frames that wait longest, so true percentiles are lower,
not higher.

`;

/** The table stays English: it is the `# HELP` of each metric, as `/metrics` itself says it. */
const CHINESE = `# 指标

\`GET /metrics\` 以 Prometheus 文本格式应答;设了 \`METRICS_TOKEN\` 时须以它作为 bearer token。本页由代码生成(\`bun run docs\`),表格即
\`/metrics\` 自身的英文说明。看什么、怎么做,见 [ops](../ops/README.zh-CN.md)。[English](metrics.md)

各进程的数字不相加:请逐个节点采集。同一端口上有多个 worker 时,被问到的那个替所有 worker 回答,并带标签 \`worker\`:
\`sum without (worker) (polyge_sockets)\`。计数器从进程启动时算起。

各部分只保存普通的数字,有人采集时才读取;中继的基准测试是在开启它们的情况下运行的。两个延迟直方图是抽样的,规则写在各自的说明里;抽到的都是等得
最久的帧,所以真实的百分位数只会更低,不会更高。

`;

export const METRICS_PAGES: Readonly<Record<string, string>> = {
  [at("metrics.md")]: ENGLISH,
  [at("metrics.zh-CN.md")]: CHINESE,
};

/** A cell of a table must not hold what ends one. */
const cell = (text: string) => text.replaceAll("|", "\\|");

/** A page as it should be. @param head what stands before the table */
export function metricsPage(head: string): string {
  const rows = CATALOGUE.map(({ name, type, help, labels = {} }) => {
    const said = Object.entries(labels).map(([label, says]) => `<br>\`${label}\`: ${says}`);
    return `| \`${name}\` | ${type} | ${cell(help + said.join(""))} |`;
  });
  const workers = WORKER_MEASURES.map(({ name, help }) => `| \`${name}\` | gauge | ${cell(help)} |`);
  return `${head}| name | type | meaning |\n|---|---|---|\n${[...rows, ...workers].join("\n")}\n`;
}

if (import.meta.main)
  for (const [path, head] of Object.entries(METRICS_PAGES)) await Bun.write(path, metricsPage(head));
