/** Why a run's figures may not be what they seem: above all, whether the load tester was the bottleneck. */
import type { Result } from "./result.ts";
import type { Moment } from "./timeline.ts";

/** A process that uses this much of a core has nothing left. */
const BUSY_CORES = 0.9;
/** Lag of a client's event loop that shows in the latencies, in ms. */
const LAGGING_MS = 25;
/** Part of the seconds that must be so. */
const OFTEN = 0.3;
/** Part of the intended rate below which an open loop has not kept up. */
const KEPT_UP = 0.97;

export function findingsOf(result: Omit<Result, "findings">): string[] {
  const busy = result.moments.filter(
    ({ sentPerSecond, connectsPerSecond }) => sentPerSecond > 0 || connectsPerSecond > 0,
  );
  return [
    saturation(busy, result),
    ...paceFindings(result),
    ...(result.rates.serverCores === undefined && result.accounts.connects > 0
      ? [
          "The servers' /metrics did not answer all the time (is --metrics-token right?): their CPU and memory are incomplete.",
        ]
      : []),
    ...(result.accounts.refused > 0 ? [`${result.accounts.refused} upgrades failed and were tried again.`] : []),
    ...(result.interrupted ? ["The run was broken off: it is shorter than asked for."] : []),
  ].filter((finding) => finding !== undefined);
}

/** @returns who was the bottleneck, where that is the load tester or both */
function saturation(moments: readonly Moment[], { processes, machine, target }: Omit<Result, "findings">) {
  if (moments.length === 0) return undefined;
  const often = (test: (moment: Moment) => boolean) => moments.filter(test).length >= OFTEN * moments.length;
  const clientBusy = often(({ busiestClient }) => busiestClient >= BUSY_CORES);
  const clientLags = often(({ clientLagMs }) => clientLagMs >= LAGGING_MS);
  const serverBusy = often(({ server }) => server !== undefined && server.cores / server.processes >= BUSY_CORES);
  const known = moments.some(({ server }) => server !== undefined);
  const crowded =
    target.own && often(({ clientCores, server }) => clientCores + (server?.cores ?? 0) >= machine.cores * BUSY_CORES);
  if (!clientBusy && !clientLags) return undefined;
  const how = clientBusy ? "a client process used a whole core" : "a client process's event loop lagged";
  if (serverBusy) {
    return `The load tester was busy too (${how}): the servers were at their limit, but latencies hold a part of the client's.`;
  }
  const remedy = crowded
    ? "it shares this machine's cores with the server: run it on another machine"
    : `give it more than ${processes} client process${processes === 1 ? "" : "es"} (--processes), or another machine`;
  const unknown = known ? "the servers were not at their limit" : "and nothing is known of the servers' CPU";
  return `SATURATED: the load tester was the bottleneck (${how}), ${unknown}. The service may hold more; ${remedy}.`;
}

function paceFindings({ settings, rates, sendLag, latency, accounts }: Omit<Result, "findings">): string[] {
  const findings: string[] = [];
  if (settings.rate !== undefined && rates.sentPerSecond > 0 && rates.sentPerSecond < settings.rate * KEPT_UP) {
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
