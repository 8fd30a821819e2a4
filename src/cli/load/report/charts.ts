/** Charts over the time of a run, as SVG whose colours the page's style sheet sets. */
import type { Incident } from "../timeline.ts";
import {
  BOTTOM,
  escaped,
  gridLines,
  HEIGHT,
  LEFT,
  linear,
  logarithmic,
  niceStep,
  RIGHT,
  round,
  TOP,
  WIDE,
  WIDTH,
} from "./scales.ts";

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
  const all = chart.series.flatMap(({ values }) => defined(values));
  const scale = chart.logarithmic ? logarithmic(all) : linear(all);
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
${gridLines(scale, width)}
${secondsOf(last)
  .map(
    (second) => `<text class="tick" x="${round(x(second))}" y="${HEIGHT - 6}" text-anchor="middle">${second} s</text>`,
  )
  .join("")}
${phaseMarks(axis.phases, x, last)}
${axis.incidents.map(({ second, text }) => `<line class="incident" x1="${round(x(second))}" x2="${round(x(second))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"><title>${escaped(text)}</title></line>`).join("")}
${chart.series.map((series) => lines(series, axis.seconds.map(x), scale.y)).join("")}
<line class="cross" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>
</svg></figure>`;
}

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
