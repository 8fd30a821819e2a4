/** What is seen while a run goes on: one line that changes on a terminal, a plain line a second elsewhere. */
import type { Counts } from "./players/orders.ts";
import type { Moment } from "./timeline.ts";

const whole = (value: number) => Math.round(value).toLocaleString("en");
const ms = (value: number) => (Number.isNaN(value) ? "–" : value < 10 ? value.toFixed(1) : whole(value));

const ERASE_LINE = "\r\x1b[2K";

export class Progress {
  private readonly columns: () => number | undefined;
  private readonly write: (text: string) => void;
  private shown = false;

  /** @param columns of the terminal, which may change; undefined: it is none */
  constructor(columns: () => number | undefined, write: (text: string) => void) {
    this.columns = columns;
    this.write = write;
  }

  /** Something that is not measured yet, such as accounts being made. */
  say(text: string): void {
    const columns = this.columns();
    // A line that wraps could not be taken back.
    if (columns !== undefined) this.write(`${ERASE_LINE}${text.slice(0, columns - 1)}`);
    else this.write(`${text}\n`);
    this.shown = true;
  }

  seen(moment: Moment, total: Counts): void {
    this.say(lineOf(moment, total));
  }

  /** Makes room for what is to stay. */
  clear(): void {
    if (this.columns() !== undefined && this.shown) this.write(ERASE_LINE);
    this.shown = false;
  }
}

export function lineOf(moment: Moment, total: Counts): string {
  const { second, phase, open, sentPerSecond, receivedPerSecond, connectsPerSecond, latency, connect, server } = moment;
  const { repeated, outOfOrder, corrupt, stray, ended, refused, nacked } = total;
  const errors = [
    ...[
      [ended, "ended"],
      [refused, "refused"],
      [nacked, "nacked"],
      [repeated, "repeated"],
    ],
    ...[
      [outOfOrder, "out of order"],
      [corrupt, "corrupt"],
      [stray, "stray"],
    ],
  ].filter(([count]) => (count as number) > 0);
  const parts = [
    `${second.toFixed(0).padStart(3)} s ${phase}`,
    `${whole(open)} sockets`,
    ...(connectsPerSecond >= 1 ? [`${whole(connectsPerSecond)} connects/s, p99 ${ms(connect.p99)} ms`] : []),
    ...(sentPerSecond > 0 || receivedPerSecond > 0
      ? [`${whole(sentPerSecond)} sent/s, ${whole(receivedPerSecond)} received/s`]
      : []),
    ...(latency.count > 0 ? [`p50 ${ms(latency.p50)} p99 ${ms(latency.p99)} ms`] : []),
    ...(server ? [`server ${percent(server.cores)}`] : []),
    `client ${percent(moment.busiestClient)}`,
    errors.length > 0 ? errors.map(([count, what]) => `${whole(count as number)} ${what}`).join(", ") : "no errors",
  ];
  return parts.join(" · ");
}

const percent = (cores: number) => `${Math.round(cores * 100)} %`;
