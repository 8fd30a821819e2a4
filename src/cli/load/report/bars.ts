/** Bars in groups, as an SVG file of its own that is readable on light and on dark. */
import { CHART, THEME } from "./page-style.ts";
import { BOTTOM, escaped, gridLines, HEIGHT, LEFT, label, linear, RIGHT, round, WIDTH } from "./scales.ts";

/** Bars of one colour, one in each group. */
export interface BarSeries {
  /** Empty: not in the legend. */
  readonly name: string;
  /** `c1` to `c4`. */
  readonly colour: string;
  /** One for each group; undefined: not measured. */
  readonly values: readonly (number | undefined)[];
}

export interface BarChart {
  readonly title: string;
  /** What the y axis counts. */
  readonly unit: string;
  readonly groups: readonly string[];
  readonly series: readonly BarSeries[];
}

/** Above the plot: the title, and the legend under it. */
const HEAD = 50;
const EDGE = 12;
/** Part of a group's width that is left between groups. */
const BETWEEN_GROUPS = 0.24;
const WIDEST_BAR = 64;
const GAP = 4;
/** Width of a letter of the legend, about. */
const LETTER = 6.6;

export function barsOf(chart: BarChart): string {
  const { title, unit, groups, series } = chart;
  const scale = linear(series.flatMap(({ values }) => values.filter((value) => value !== undefined)));
  const groupWidth = (WIDTH - LEFT - RIGHT) / groups.length;
  const barWidth = Math.min(WIDEST_BAR, (groupWidth * (1 - BETWEEN_GROUPS)) / series.length - GAP);
  const used = series.length * (barWidth + GAP) - GAP;
  const height = HEAD + HEIGHT + EDGE;
  const bars = groups.map((name, group) => {
    const middle = LEFT + (group + 0.5) * groupWidth;
    const each = series.map((one, index) => bar(one, group, middle - used / 2 + index * (barWidth + GAP), barWidth));
    return `${each.join("")}<text class="tick" x="${round(middle)}" y="${HEIGHT - 6}" text-anchor="middle">${escaped(name)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH + 2 * EDGE} ${height}" width="${WIDTH + 2 * EDGE}" height="${height}" role="img" aria-label="${escaped(`${title}, ${unit}`)}">
<style>${THEME}${CHART}
text { font-family: system-ui, "Noto Sans", sans-serif; } .back { fill: var(--card); stroke: var(--edge); } .bar { fill: var(--c); }
.title { fill: var(--ink); font-size: 14px; font-weight: 600; } .soft { fill: var(--soft); font-size: 12px; } .value { fill: var(--ink); font-size: 11px; }</style>
<rect class="back" x="0.5" y="0.5" width="${WIDTH + 2 * EDGE - 1}" height="${height - 1}" rx="10"/>
<text class="title" x="${EDGE + 4}" y="24">${escaped(title)} <tspan class="soft" font-weight="400">${escaped(unit)}</tspan></text>
${legend(series)}
<g transform="translate(${EDGE} ${HEAD})">${gridLines(scale, WIDTH)}
${bars.join("\n")}
</g></svg>
`;

  function bar({ name, colour, values }: BarSeries, group: number, x: number, width: number): string {
    const value = values[group];
    if (value === undefined) return "";
    const [top, bottom] = [scale.y(value), HEIGHT - BOTTOM];
    const tip = `<title>${escaped(`${[groups[group], name].filter(Boolean).join(", ")}: ${value.toLocaleString("en")} ${unit}`)}</title>`;
    return `<rect class="bar ${colour}" x="${round(x)}" y="${round(top)}" width="${round(width)}" height="${round(Math.max(1, bottom - top))}" rx="2">${tip}</rect><text class="value" x="${round(x + width / 2)}" y="${round(top - 4)}" text-anchor="middle">${label(short(value))}</text>`;
  }
}

/** Three digits of what is short of a thousand. */
const short = (value: number) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

function legend(series: readonly BarSeries[]): string {
  let x = EDGE + 4;
  return series
    .filter(({ name }) => name !== "")
    .map(({ name, colour }) => {
      const at = x;
      x += 22 + name.length * LETTER + 10;
      return `<rect class="bar ${colour}" x="${at}" y="37" width="12" height="8" rx="2"/><text class="soft" x="${at + 18}" y="45">${escaped(name)}</text>`;
    })
    .join("");
}
