/** What the samples of a soak say: a table, and for each quantity whether it behaved. */
import { QUANTITIES, type Quantity, type Sample } from "./samples.ts";

/** Memory may grow by the larger of these between the early window and the last. */
const GROWTH = 0.05;
const GROWTH_MIB = 16;
/** The server's pool. */
const POOL = 10;
/** Threads of pools that come and go with what there is to do. */
const THREADS = 2;
/** Objects that a collection may leave: what looks like a pointer on the stack, and timers made when first needed. */
const STRAYS = 4;

export interface Soak {
  /** Before anybody came. */
  readonly start: Sample;
  /** Under load, in order. */
  readonly samples: readonly Sample[];
  /** After everybody had left. */
  readonly after: Sample;
  /** From when on memory must be flat, and how long each window is whose median is taken, in seconds. */
  readonly settledAt: number;
  readonly window: number;
}

interface Figures {
  readonly start: number;
  readonly early: number;
  readonly middle: number;
  readonly end: number;
  readonly after: number;
  readonly most: number;
}

/** What should hold of it; what is wrong where it does not. */
type Rule = (figures: Figures) => string | undefined;

const flat: Rule = ({ early, end }) =>
  end - early <= Math.max(early * GROWTH, GROWTH_MIB) ? undefined : `grew by ${(end - early).toFixed(1)} MiB`;
const returns =
  (strays: number): Rule =>
  ({ start, after }) =>
    after - start <= strays ? undefined : `${after - start} are left over`;
const atMost =
  (bound: number): Rule =>
  ({ most }) =>
    most <= bound ? undefined : `${most} are more than ${bound}`;
const steady =
  (slack: number): Rule =>
  ({ early, end }) =>
    end - early <= slack ? undefined : `${end - early} more`;

/** What must be as at the start once everybody has left, and how many of it may be more. */
const RETURN: ReadonlyMap<Quantity, number> = new Map([
  ["sockets", 0],
  ["recipients", 0],
  ["unconfirmed bytes", 0],
  ["frames for mailboxes in memory", 0],
  ["frames for the history in memory", 0],
  ["token cache entries", 0],
  ["password hashes under way", 0],
  ["descriptors besides those", 0],
  ["timers besides the driver's", STRAYS],
  ["WebSockets on the heap", STRAYS],
]);

/** What must hold of the others. */
const RULES: ReadonlyMap<Quantity, Rule> = new Map([
  ["resident memory, MiB", flat],
  ["JavaScript heap, MiB", flat],
  ["database connections", atMost(POOL)],
  ["threads", steady(THREADS)],
]);

/** What one quantity came to. @returns undefined where it behaved */
export const wrongWith = (soak: Soak, quantity: Quantity): string | undefined =>
  (RULES.get(quantity) ?? returns(RETURN.get(quantity)!))(figuresOf(soak, quantity));

/** All quantities that are not back where they were at the start, of those that should be. */
export const leftOver = (start: Sample, now: Sample): Quantity[] =>
  QUANTITIES.filter((each) => RETURN.has(each) && now.values.get(each)! - start.values.get(each)! > RETURN.get(each)!);

function figuresOf({ start, samples, after, settledAt, window }: Soak, quantity: Quantity): Figures {
  const last = samples.at(-1)!.seconds;
  const around = (from: number) => {
    const within = samples.filter(({ seconds }) => seconds >= from && seconds <= from + window);
    return median(within.map(({ values }) => values.get(quantity)).filter((each) => each !== undefined));
  };
  const all = [start, ...samples, after].map(({ values }) => values.get(quantity) ?? 0);
  return {
    start: start.values.get(quantity)!,
    early: around(settledAt),
    middle: around((last - window) / 2),
    end: around(last - window),
    after: after.values.get(quantity)!,
    most: Math.max(...all),
  };
}

/** @returns NaN where there are none: some quantities are looked at only before and after */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor(sorted.length / 2)]!;
}

export function tableOf(soak: Soak): string {
  const early = soak.settledAt >= 60 ? `minute ${Math.round(soak.settledAt / 60)}` : `second ${soak.settledAt}`;
  const rows = QUANTITIES.map((quantity) => {
    const { start, early, middle, end, after } = figuresOf(soak, quantity);
    const shown = [start, early, middle, end, after].map(textOf);
    return [quantity, ...shown, wrongWith(soak, quantity) ?? "good"];
  });
  const table = [["", "start", early, "middle", "end", "all left", "verdict"], ...rows];
  return ["|", ...table.map((row) => `| ${row.join(" | ")} |`).toSpliced(1, 0, "|---|---|---|---|---|---|---|")]
    .slice(1)
    .join("\n");
}

const textOf = (value: number): string =>
  Number.isNaN(value) ? "" : Number.isInteger(value) ? String(value) : value.toFixed(1);
