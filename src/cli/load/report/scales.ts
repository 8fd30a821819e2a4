/** The frame that all charts have in common: their size, y axes and the text on them. */

export const WIDTH = 640;
/** Over the whole page. */
export const WIDE = 1300;
export const HEIGHT = 230;
export const LEFT = 52;
export const RIGHT = 12;
export const TOP = 26;
export const BOTTOM = 24;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;

/** A y axis. */
export interface Scale {
  readonly ticks: readonly number[];
  readonly y: (value: number) => number;
}

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export const round = (value: number): number => Math.round(value * 10) / 10;

export const label = (value: number): string =>
  value >= 1e6 ? `${round(value / 1e6)} M` : value >= 10_000 ? `${round(value / 1000)} k` : value.toLocaleString("en");

export const gridLines = ({ ticks, y }: Scale, width: number): string =>
  ticks
    .map((tick) => {
      const at = y(tick);
      return `<line class="grid" x1="${LEFT}" x2="${width - RIGHT}" y1="${round(at)}" y2="${round(at)}"/><text class="tick" x="${LEFT - 6}" y="${round(at + 3.5)}" text-anchor="end">${label(tick)}</text>`;
    })
    .join("");

export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= least)! * power;
  return Math.max(step, power >= 1 ? 1 : 0.01);
}

export function linear(values: readonly number[]): Scale {
  const most = Math.max(1e-9, ...values);
  const step = niceStep(most / 4);
  const top = Math.ceil(most / step) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => round(index * step * 10) / 10);
  return { ticks, y: (value) => TOP + PLOT_HEIGHT * (1 - value / top) };
}

/** Whole powers of ten, at least two. */
export function logarithmic(values: readonly number[]): Scale {
  const all = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all))));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => Number(`1e${low + index}`));
  const part = (value: number) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
  return { ticks, y: (value) => TOP + PLOT_HEIGHT * (1 - part(value)) };
}
