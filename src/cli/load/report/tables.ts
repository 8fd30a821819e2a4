/** What a report says in tables, whichever form it has. */
import type { Percentiles } from "../engine/latency.ts";
import { isSound, type Lost, type Result } from "../result.ts";
import { mebibytes, ms, percent, whole } from "./numbers.ts";

/** A name and its figures. */
export type Row = readonly [string, ...string[]];

export interface Table {
  readonly title: string;
  readonly heading?: Row;
  readonly rows: readonly Row[];
}

export function verdictOf(result: Result): string {
  const { lost, repeated, outOfOrder, corrupt, stray, connects, sent } = result.accounts;
  if (connects === 0) return "No socket could be opened.";
  if (sent === 0) return `${whole(connects)} connects, ${whole(result.peakSockets)} sockets at most.`;
  if (!isSound(result)) {
    const faults = [
      [lost, "lost"],
      [result.accounts.nacked, "nacked"],
      [repeated, "repeated"],
      [outOfOrder, "out of order"],
      [corrupt, "corrupt"],
      [stray, "stray"],
    ].filter(([count]) => (count as number) > 0);
    const when = spansOf(result.lost).map(([span]) => span);
    const lostWhen = when.length > 0 ? ` Lost were some due at ${when.join(", ")}.` : "";
    return `Of ${whole(sent)} messages: ${faults.map(([count, what]) => `${whole(count as number)} ${what}`).join(", ")}.${lostWhen}`;
  }
  const repeats = repeated > 0 ? ` (${whole(repeated)} came again after a socket had ended, as they may)` : "";
  return `All ${whole(sent)} messages arrived, whole and in order${repeats}.`;
}

export function tablesOf(result: Result): Table[] {
  return [rates(result), latencies(result), fates(result), ...ends(result)].filter(({ rows }) => rows.length > 0);
}

function rates({
  scenario,
  rates: mean,
  settings,
  accounts,
  peakSockets,
  bytesPerSocket,
  moments,
  processes,
}: Result): Table {
  const lag = Math.max(0, ...moments.map(({ clientLagMs }) => clientLagMs));
  const resident = moments.findLast(({ server }) => server !== undefined)?.server?.residentBytes;
  const rows: Row[] = [["sockets", whole(peakSockets)]];
  if (mean.connectsPerSecond >= 0.5) rows.push(["connects a second", whole(mean.connectsPerSecond)]);
  if (accounts.sent > 0) {
    const intended = settings.rate === undefined ? "" : ` of ${whole(settings.rate)} intended`;
    rows.push(["messages sent a second", whole(mean.sentPerSecond) + intended]);
    rows.push(["messages received a second", whole(mean.receivedPerSecond)]);
    if (settings.acks) rows.push(["messages acked a second", whole(mean.ackedPerSecond)]);
    if (accounts.unsent > 0) rows.push(["due and not sent, no socket being open", whole(accounts.unsent)]);
  }
  if (mean.serverCores !== undefined) rows.push(["server CPU (100 % is a core)", percent(mean.serverCores)]);
  if (mean.serverMicrosecondsPerMessage !== undefined) {
    rows.push(["server CPU a message", `${mean.serverMicrosecondsPerMessage.toFixed(1)} µs`]);
  }
  if (resident !== undefined) rows.push(["server memory at the end", mebibytes(resident)]);
  if (bytesPerSocket !== undefined && scenario === "idle") {
    rows.push(["server memory a socket", `${whole(bytesPerSocket)} bytes`]);
  }
  rows.push([`client CPU, ${processes} process${processes === 1 ? "" : "es"}`, percent(mean.clientCores)]);
  rows.push(["client event-loop lag, worst p99", `${ms(lag)} ms`]);
  return { title: `Means over ${mean.seconds.toFixed(0)} s`, rows };
}

function latencies({ latency, acrossNodes, mail, ack, connect, sendLag }: Result): Table {
  const row = (name: string, { count, p50, p90, p99, p999, max }: Percentiles): Row[] =>
    count === 0 ? [] : [[name, ms(p50), ms(p90), ms(p99), ms(p999), ms(max), whole(count)]];
  return {
    title: "Latency, ms",
    heading: ["", "p50", "p90", "p99", "p99.9", "max", "count"],
    rows: [
      ...row("message, due to arrival", latency),
      ...row("those from node to node", acrossNodes),
      ...row("stored, connect to arrival", mail),
      ...row("ack, due to ack", ack),
      ...row("connect to upgraded", connect),
      ...row("send lag (client's own)", sendLag),
    ],
  };
}

function fates({ accounts, settings }: Result): Table {
  if (accounts.sent === 0) return { title: "", rows: [] };
  const { sent, acked, nacked, received, repeated, outOfOrder, corrupt, stray, lost } = accounts;
  return {
    title: "Every message",
    heading: ["sent", "acked", "nacked", "received", "repeated", "out of order", "corrupt", "stray", "lost"],
    rows: [
      [
        whole(sent),
        settings.acks ? whole(acked) : "–",
        settings.acks ? whole(nacked) : "–",
        ...[received, repeated, outOfOrder, corrupt, stray, lost].map(whole),
      ],
    ],
  };
}

function ends({ codes, refusals, nacks, lost, incidents }: Result): Table[] {
  const counted = (record: Readonly<Record<string, number>>): Row[] =>
    Object.entries(record).map(([what, count]) => [what, whole(count)]);
  return [
    { title: "What happened, by second", rows: incidents.map(({ second, text }) => [`${second.toFixed(1)} s`, text]) },
    { title: "Lost, by when they were due", rows: spansOf(lost) },
    { title: "Close codes of sockets that ended", rows: counted(codes) },
    { title: "Why upgrades failed", rows: counted(refusals) },
    { title: "Nacks", rows: counted(nacks) },
  ];
}

/** Seconds that follow each other as one row. */
function spansOf(lost: readonly Lost[]): Row[] {
  const spans: { from: number; to: number; messages: number }[] = [];
  for (const { second, messages } of lost) {
    const last = spans.at(-1);
    if (last && second <= last.to) {
      last.to = second + 1;
      last.messages += messages;
    } else spans.push({ from: second, to: second + 1, messages });
  }
  return spans.map(({ from, to, messages }) => [`${from} to ${to} s`, `${whole(messages)} messages`]);
}
