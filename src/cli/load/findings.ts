/** Why a run's figures may not be what they seem: above all, whether the load tester was the bottleneck. */
import type { Result } from "./result.ts";
import type { Moment } from "./timeline.ts";

/** A process that uses this much of a core has nothing left. */
const BUSY_CORES = 0.9;
/** Part of the time without a core that counts. */
const STARVED = 0.2;
/** Lag of a client's event loop that shows in the latencies, in ms. */
const LAGGING_MS = 25;
/** Part of the seconds that must be so. */
const OFTEN = 0.3;
/** Sockets whose memory stands out. */
const ENOUGH_SOCKETS = 5000;
/** Part of the intended rate below which an open loop has not kept up. */
const KEPT_UP = 0.97;

export function findingsOf(result: Omit<Result, "findings">): string[] {
  const busy = result.moments.filter(
    ({ sentPerSecond, connectsPerSecond }) => sentPerSecond > 0 || connectsPerSecond > 0,
  );
  return [
    saturation(busy, result),
    ...paceFindings(result),
    ...(result.accounts.connects > 0 && result.moments.some(({ server }) => server === undefined)
      ? [
          "The servers' /metrics did not answer all the time (is --metrics-token right?): their CPU and memory are incomplete.",
        ]
      : []),
    ...(result.accounts.refused > 0 ? [`${result.accounts.refused} upgrades failed and were tried again.`] : []),
    ...(result.scenario === "idle" && result.peakSockets < ENOUGH_SOCKETS
      ? [
          `Memory a socket says little with fewer than ${ENOUGH_SOCKETS} sockets: a process's memory moves by megabytes by itself.`,
        ]
      : []),
    ...(result.interrupted ? ["The run was broken off: it is shorter than asked for."] : []),
  ].filter((finding) => finding !== undefined);
}

/** @returns who was the bottleneck, where that is the load tester or both */
function saturation(moments: readonly Moment[], { scenario, processes, settings, target }: Omit<Result, "findings">) {
  const often = (test: (moment: Moment) => boolean) => moments.filter(test).length >= OFTEN * moments.length;
  if (moments.length === 0 || scenario === "idle") return undefined;
  const reason = often(({ busiestClient }) => busiestClient >= BUSY_CORES)
    ? "a client process used a whole core"
    : often(
          ({ busiestClient, clientStarved }) => busiestClient + clientStarved >= BUSY_CORES && clientStarved >= STARVED,
        )
      ? "a client process waited for a core that others used"
      : // In a closed loop one turn answers all that came in the turn before: turns as long as the latency are its nature.
        settings.rate !== undefined && often(({ clientLagMs }) => clientLagMs >= LAGGING_MS)
        ? "a client process's event loop lagged"
        : undefined;
  if (reason === undefined) return undefined;
  if (often(({ server }) => server !== undefined && server.cores / server.processes >= BUSY_CORES)) {
    return `The load tester was busy too (${reason}): the servers were at their limit, but latencies hold a part of its own.`;
  }
  const known = moments.some(({ server }) => server !== undefined);
  const servers = known
    ? "the servers were not at their limit and may hold more"
    : "of the servers' CPU nothing is known";
  const remedy = target.own
    ? "It shares this machine with the server: run it on another, with --url"
    : `Give it more than ${processes} client process${processes === 1 ? "" : "es"} (--processes), or another machine`;
  return `SATURATED: the load tester was the bottleneck (${reason}); ${servers}. ${remedy}.`;
}

function paceFindings({ settings, rates, sendLag, latency, accounts }: Omit<Result, "findings">): string[] {
  const findings: string[] = [];
  // What chance takes off a Poisson process is within three standard deviations.
  const chance = settings.rate === undefined ? 0 : 3 / Math.sqrt(settings.rate * rates.seconds);
  const isBehind = settings.rate !== undefined && rates.sentPerSecond < settings.rate * (KEPT_UP - chance);
  if (isBehind && rates.sentPerSecond > 0) {
    findings.push(
      `Sent ${Math.round(rates.sentPerSecond)} messages a second of the ${settings.rate} intended; latencies count from when each was due.`,
    );
  }
  if (accounts.received > 0 && sendLag.count > 0 && sendLag.p99 > 10 && sendLag.p99 > latency.p99 / 2) {
    findings.push(
      `A good part of the latency is the load tester's: messages left ${sendLag.p99.toFixed(1)} ms late (99th percentile).`,
    );
  }
  return findings;
}
