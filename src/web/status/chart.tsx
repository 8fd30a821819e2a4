/** One figure over time: its name, what it is now, and a line for each part of it. */
import type { Amount } from "./amounts.ts";
import type { Moment } from "./watch.ts";

const WIDTH = 300;
const HEIGHT = 84;
/** Above the highest point, so that a line is not cut. */
const ROOM = 1.15;
/** So many moments are as wide as the chart, or as many as there are: it is not empty for minutes. */
const LEAST_MOMENTS = 30;

export interface Line {
  readonly name: string;
  readonly value: (moment: Moment) => number | undefined;
}

interface Props {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly moments: readonly Moment[];
  readonly amount: Amount;
  /** What is said where there is no value. */
  readonly none: string;
}

/** @returns the path's `d`; it breaks where there is no value */
function pathOf(line: Line, moments: readonly Moment[], top: number): string {
  const span = Math.max(moments.length, LEAST_MOMENTS);
  let pen = "M";
  return moments
    .map((moment, at) => {
      const value = line.value(moment);
      if (value === undefined) {
        pen = "M";
        return "";
      }
      const x = ((span - moments.length + at) / (span - 1)) * WIDTH;
      const point = `${pen}${x.toFixed(1)} ${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`;
      pen = "L";
      return point;
    })
    .join("");
}

export function Chart({ title, lines, moments, amount, none }: Props) {
  const last = moments.at(-1);
  const now = lines.map((line) => ({ line, value: last && line.value(last) }));
  const text = (value: number | undefined) => (value === undefined ? none : amount.say(value));
  const highest = Math.max(0, ...moments.flatMap((each) => lines.map(({ value }) => value(each) ?? 0)));
  const top = highest > 0 ? amount.roundUp(highest * ROOM) : 1;
  const described = `${title}: ${now.map(({ line, value }) => `${line.name} ${text(value)}`).join(", ")}`;
  return (
    <section class="panel">
      <h2>{title}</h2>
      <dl>
        {now.map(({ line, value }, at) => (
          <div key={line.name} class={`line-${at}`}>
            <dt>{line.name}</dt>
            <dd>{text(value)}</dd>
          </div>
        ))}
      </dl>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={described}>
        <title>{described}</title>
        <path class="grid" d={`M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}M0 0.5H${WIDTH}`} />
        {lines.map((line, at) => (
          <path key={line.name} class={`drawn line-${at}`} d={pathOf(line, moments, top)} />
        ))}
      </svg>
      <p class="top" aria-hidden="true">
        {highest > 0 ? amount.say(top) : ""}
      </p>
    </section>
  );
}
