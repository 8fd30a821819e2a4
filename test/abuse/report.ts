/** Rows as a table. */
import type { Row } from "./arena.ts";

export const HEADINGS = [
  "attack",
  "what came of it",
  "memory before, peak, after (MiB)",
  "CPU",
  "honest p50, p99 (ms)",
  "lost",
  "cut off",
  "new socket p50, p99 (ms)",
  "turned away",
];

const ms = (value: number): string =>
  Number.isNaN(value) ? "–" : value < 10 ? value.toFixed(1) : String(Math.round(value));

export const lineOf = (row: Row): string => `| ${cellsOf(row).join(" | ")} |`;
export const HEAD = `| ${HEADINGS.join(" | ")} |\n|${HEADINGS.map(() => "---").join("|")}|`;

function cellsOf({ attack, counts, memory, cpu, honest }: Row): string[] {
  const sorted = [...counts].toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  const { frames, connects } = honest;
  return [
    attack,
    sorted.map(([what, count]) => `${count.toLocaleString("en")} × ${what}`).join(", "),
    [memory.before, memory.peak, memory.after].join(", "),
    `${Math.round(cpu * 100)} %`,
    [frames.at(0.5), frames.at(0.99)].map(ms).join(", "),
    `${honest.lost} of ${honest.sent}`,
    String(honest.dropped),
    [connects.at(0.5), connects.at(0.99)].map(ms).join(", "),
    String(honest.turnedAway),
  ];
}
