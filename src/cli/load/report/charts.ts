/** Charts over the time of a run, as SVG whose colours the page's style sheet sets. */
import type { Incident } from "../timeline.ts";

export interface Series {
  readonly name: string;
  /** Class of its line: `c1` to `c4`, and `under` for one that another may cover. */
  readonly colour: string;
  /** One for each moment; undefined: nothing known then. */
  readonly values: readonly (number | undefined)[];
}

export interface Chart {
  readonly title: string;
  /** What the y axis counts. */
  readonly unit: string;
  /** For latencies, where one moment may be a thousand times another. */
  readonly logarithmic?: boolean;
  /** Over the whole page. */
  readonly wide?: boolean;
  readonly series: readonly Series[];
}

/** What all charts of a page have in common. */
export interface Axis {
  readonly seconds: readonly number[];
  /** When the run's phases begin. */
  readonly phases: readonly Incident[];
  readonly incidents: readonly Incident[];
}

const WIDTH = 640;
/** Over the whole page. */
const WIDE = 1300;
const HEIGHT = 230;
const LEFT = 52;
const RIGHT = 12;
const TOP = 26;
const BOTTOM = 24;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;

const defined = (values: readonly (number | undefined)[]) =>
  values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];

export function hasValues({ series }: Chart): boolean {
  return series.some(({ values }) => defined(values).some((value) => value > 0));
}

/** A chart as a figure with its legend, and its values for the page's script. */
export function figureOf(chart: Chart, axis: Axis): string {
  const last = Math.max(1, axis.seconds.at(-1) ?? 1);
  const width = chart.wide ? WIDE : WIDTH;
  const x = (second: number) => LEFT + (second / last) * (width - LEFT - RIGHT);
  const { y, ticks } = chart.logarithmic ? logarithmic(chart) : linear(chart);
  const legend = chart.series.map(({ name, colour }) => `<span class="key ${colour}">${escaped(name)}</span>`).join("");
  const values = {
    unit: chart.unit,
    x: axis.seconds.map((second) => round(x(second))),
    seconds: axis.seconds.map((second) => Math.round(second * 10) / 10),
    series: chart.series.map((series) => ({ ...series, values: series.values.map((value) => value ?? null) })),
  };
  return `<figure${chart.wide ? ' class="wide"' : ""}>
<figcaption><b>${escaped(chart.title)}</b> <span>${escaped(chart.unit)}</span><div class="legend">${legend}</div></figcaption>
<svg viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label="${escaped(chart.title)}" data-chart="${escaped(JSON.stringify(values))}">
${ticks.map((tick) => gridLine(y(tick), label(tick), width)).join("")}
${secondsOf(last)
  .map(
    (second) => `<text class="tick" x="${round(x(second))}" y="${HEIGHT - 6}" text-anchor="middle">${second} s</text>`,
  )
  .join("")}
${phaseMarks(axis.phases, x, last)}
${axis.incidents.map(({ second, text }) => `<line class="incident" x1="${round(x(second))}" x2="${round(x(second))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"><title>${escaped(text)}</title></line>`).join("")}
${chart.series.map((series) => lines(series, axis.seconds.map(x), y)).join("")}
<line class="cross" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>
</svg></figure>`;
}

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const round = (value: number) => Math.round(value * 10) / 10;

const label = (value: number) =>
  value >= 1e6 ? `${round(value / 1e6)} M` : value >= 10_000 ? `${round(value / 1000)} k` : value.toLocaleString("en");

const gridLine = (y: number, text: string, width: number) =>
  `<line class="grid" x1="${LEFT}" x2="${width - RIGHT}" y1="${round(y)}" y2="${round(y)}"/><text class="tick" x="${LEFT - 6}" y="${round(y + 3.5)}" text-anchor="end">${text}</text>`;

/** Names that would run into the one before are left to the tooltip of their line. */
function phaseMarks(phases: readonly Incident[], x: (second: number) => number, last: number): string {
  return phases
    .map(({ second, text }, index) => {
      const room = x(phases[index + 1]?.second ?? last) - x(second);
      const at = round(x(second));
      const line = `<line class="phase" x1="${at}" x2="${at}" y1="${TOP - 12}" y2="${HEIGHT - BOTTOM}"><title>${escaped(text)}</title></line>`;
      return room > text.length * 6 + 8
        ? `${line}<text class="phase" x="${at + 4}" y="${TOP - 8}">${escaped(text)}</text>`
        : line;
    })
    .join("");
}

/** A line with gaps where nothing is known; a moment between two gaps is a dot. */
function lines({ colour, values }: Series, xs: readonly number[], y: (value: number) => number): string {
  const parts: string[][] = [[]];
  for (const [index, value] of values.entries()) {
    if (value === undefined || !Number.isFinite(value)) parts.push([]);
    else parts.at(-1)!.push(`${round(xs[index]!)},${round(y(value))}`);
  }
  return parts
    .filter((points) => points.length > 0)
    .map((points) => {
      const [cx, cy] = points[0]!.split(",");
      if (points.length === 1) return `<circle class="dot ${colour}" cx="${cx}" cy="${cy}" r="2.5"/>`;
      return `<polyline class="line ${colour}" points="${points.join(" ")}"/>`;
    })
    .join("");
}

function secondsOf(last: number): number[] {
  const step = niceStep(last / 8);
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step);
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= least)! * power;
  return Math.max(step, power >= 1 ? 1 : 0.01);
}

function linear({ series }: Chart) {
  const most = Math.max(1e-9, ...series.flatMap(({ values }) => defined(values)));
  const step = niceStep(most / 4);
  const top = Math.ceil(most / step) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => round(index * step * 10) / 10);
  return { ticks, y: (value: number) => TOP + PLOT_HEIGHT * (1 - value / top) };
}

/** Whole powers of ten, at least two. */
function logarithmic({ series }: Chart) {
  const all = series.flatMap(({ values }) => defined(values)).filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all))));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => Number(`1e${low + index}`));
  const part = (value: number) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
  return { ticks, y: (value: number) => TOP + PLOT_HEIGHT * (1 - part(value)) };
}
