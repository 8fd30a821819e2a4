/** Times as people write them. */
import type { Words } from "../words/english.ts";

interface Formats {
  readonly clock: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly dayOfYear: Intl.DateTimeFormat;
  readonly full: Intl.DateTimeFormat;
}

/** Making one takes a hundred times as long as using it. */
const made = new Map<string, Formats>();

function formatsOf(tag: string): Formats {
  const formats = made.get(tag) ?? {
    clock: new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    day: new Intl.DateTimeFormat(tag, { weekday: "long", month: "long", day: "numeric" }),
    dayOfYear: new Intl.DateTimeFormat(tag, { year: "numeric", month: "long", day: "numeric" }),
    full: new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" }),
  };
  made.set(tag, formats);
  return formats;
}

/** Days since the first, in this place's time. */
export const dayOf = (ms: number): number => {
  const date = new Date(ms);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
};

export const clockOf = (ms: number, { tag }: Words): string => formatsOf(tag).clock.format(ms);

export const fullOf = (ms: number, { tag }: Words): string => formatsOf(tag).full.format(ms);

export const dateOf = (ms: number, { tag }: Words): string => formatsOf(tag).dayOfYear.format(ms);

export function dayNameOf(ms: number, words: Words): string {
  const ago = dayOf(Date.now()) - dayOf(ms);
  if (ago === 0) return words.today;
  if (ago === 1) return words.yesterday;
  const { day, dayOfYear } = formatsOf(words.tag);
  return (ago > 0 && ago < 300 ? day : dayOfYear).format(ms);
}

/** The time of today's, the day of others. */
export function shortOf(ms: number, words: Words): string {
  const ago = dayOf(Date.now()) - dayOf(ms);
  if (ago === 0) return clockOf(ms, words);
  if (ago === 1) return words.yesterday;
  return new Date(ms).toLocaleDateString(words.tag, { month: "numeric", day: "numeric" });
}
