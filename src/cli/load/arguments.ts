/** The command line: what can be asked for, and what is wrong with it in one line. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { STAMP_BYTES } from "./engine/stamp.ts";
import { SCENARIO, SCENARIOS, type ScenarioName, type Settings } from "./scenarios.ts";

/** An argument that cannot be used; the message is one line for the operator. */
export class ArgumentError extends Error {}

export interface Arguments {
  readonly scenario: ScenarioName;
  readonly settings: Settings;
  /** ws(s)://host:port/wsconn of the nodes under test; empty: a server of one's own. */
  readonly urls: readonly string[];
  readonly accounts: string | undefined;
  readonly processes: number;
  readonly metricsToken: string | undefined;
  readonly insecure: boolean;
  readonly json: string | undefined;
  readonly html: string | undefined;
  /** How long to wait at the end for what has not arrived, in seconds. */
  readonly drain: number;
}

/** Sockets that one client process takes: its file limit is 20,000 on many systems. */
const SOCKETS_PER_PROCESS = 18_000;
const MOST_PROCESSES = 64;
const MOST_SOCKETS = 1_000_000;
const MOST_DATA_BYTES = 65_536 - 36;

const OPTIONS = {
  url: { type: "string", multiple: true },
  accounts: { type: "string" },
  sockets: { type: "string", default: "1000" },
  seconds: { type: "string" },
  "warm-up": { type: "string" },
  rate: { type: "string" },
  "in-flight": { type: "string" },
  bytes: { type: "string", default: "64" },
  churn: { type: "string" },
  acks: { type: "boolean" },
  processes: { type: "string", default: "auto" },
  drain: { type: "string", default: "10" },
  "metrics-token": { type: "string" },
  insecure: { type: "boolean", default: false },
  json: { type: "string" },
  html: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

export const HELP = `How much a Polyge service holds.

  bun run load [SCENARIO] [options]

Scenarios (default: pairs)
${SCENARIOS.map((name) => `  ${name.padEnd(10)}${SCENARIO[name].summary}`).join("\n")}

What is tested
  --url URL            ws(s):// or http(s)://host:port of a running service; several times, or with commas: its nodes,
                       over which the sockets are spread. Without: a server of its own, on an embedded database
  --accounts FILE      lines of uid, a tab, token (bun run accounts makes them); without: registers them over HTTP
  --metrics-token T    for the service's /metrics (its METRICS_TOKEN)
  --insecure           takes any TLS certificate

The load
  --sockets N          how many, one user each; default: 1000
  --seconds S          how long; default: 15 (idle: 20, mixed: 60)
  --warm-up S          runs before it counts; default: 2 (connect, idle, offline: 0)
  --rate R             messages a second of all sockets together: an open loop, latency counts from when each was due.
                       Default: pairs a closed loop, fan-in 2000, offline 1000, churn 500, mixed half of --sockets
  --in-flight K        closed loop: messages of each socket under way; default: 1
  --bytes B            data in each message, ${STAMP_BYTES} to ${MOST_DATA_BYTES}; default: 64
  --churn C            sockets that leave and come back a second; default: churn a 20th, mixed a 100th of --sockets
  --acks               speak polyge.v2: every frame is acked, and confirmed by "got"; default with offline
  --processes P        client processes, or auto
  --drain S            how long to wait at the end for what has not arrived; default: 10

The report
  --json FILE          everything measured, second by second
  --html FILE          one page with charts
  --help               this

Exit codes: 0 every frame arrived once, whole and in order (repeats after a reconnect are no fault), 1 not so, 2 wrong
arguments or no service.
`;

/** @throws ArgumentError
 * @returns undefined where help is asked for */
export function readArguments(words: readonly string[]): Arguments | undefined {
  const { values, positionals } = parsed(words);
  if (values.help) return undefined;
  if (positionals.length > 1) throw new ArgumentError(`one scenario at a time, not ${positionals.join(" and ")}`);
  const scenario = scenarioOf(positionals[0] ?? "pairs");
  const sockets = number("sockets", values.sockets, { least: 2, most: MOST_SOCKETS, whole: true });
  const defaults = SCENARIO[scenario].defaults(sockets);
  const optional = (name: "seconds" | "warm-up" | "rate" | "churn", least: number, most: number, otherwise: number) =>
    values[name] === undefined ? otherwise : number(name, values[name], { least, most });
  const isSilent = scenario === "connect" || scenario === "idle";
  if (values.rate !== undefined && isSilent) {
    throw new ArgumentError(`--rate: ${scenario} sends no messages`);
  }
  if (values.churn !== undefined && !["churn", "mixed"].includes(scenario)) {
    throw new ArgumentError(`--churn: only churn and mixed have it, not ${scenario}`);
  }
  const isClosed = scenario === "pairs" && values.rate === undefined;
  if (values["in-flight"] !== undefined && !isClosed) {
    throw new ArgumentError("--in-flight: only pairs without --rate is a closed loop");
  }
  if (sockets % 2 !== 0 && ["pairs", "offline", "churn"].includes(scenario)) {
    throw new ArgumentError(`--sockets: ${scenario} takes an even number, not ${sockets}`);
  }
  const urls = (values.url ?? []).flatMap((each) => each.split(",")).map(socketUrl);
  if (urls.length === 0 && values.accounts !== undefined) {
    throw new ArgumentError("--accounts: a server of its own makes its own accounts; give --url too");
  }
  return {
    scenario,
    urls,
    settings: {
      sockets,
      seconds: optional("seconds", 1, 7 * 86_400, defaults.seconds ?? 15),
      warmUp: optional("warm-up", 0, 3600, defaults.warmUp ?? 2),
      rate: isClosed || isSilent ? undefined : optional("rate", 0.01, 10_000_000, defaults.rate!),
      inFlight: number("in-flight", values["in-flight"] ?? "1", { least: 1, most: 10_000, whole: true }),
      bytes: number("bytes", values.bytes, { least: STAMP_BYTES, most: MOST_DATA_BYTES, whole: true }),
      churn: optional("churn", 0.01, 100_000, defaults.churn ?? 1),
      acks: values.acks ?? defaults.acks ?? false,
    },
    accounts: values.accounts,
    processes: processes(values.processes, sockets),
    metricsToken: values["metrics-token"],
    insecure: values.insecure,
    json: values.json,
    html: values.html,
    drain: number("drain", values.drain, { least: 0, most: 3600 }),
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // The first sentence says it; what follows is about positional arguments.
    throw new ArgumentError(`${(error as Error).message.split(/\. |\n/)[0]}; see --help`);
  }
}

function scenarioOf(name: string): ScenarioName {
  const found = SCENARIOS.find((each) => each === name);
  if (found !== undefined) return found;
  throw new ArgumentError(`unknown scenario ${JSON.stringify(name)}: there are ${SCENARIOS.join(", ")}`);
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
}

function number(name: string, text: string, { least, most, whole = false }: Bounds): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? "a whole number" : "a number";
  const range = `${least.toLocaleString("en")} to ${most.toLocaleString("en")}`;
  throw new ArgumentError(`--${name} takes ${kind} from ${range}, not ${JSON.stringify(text)}`);
}

/** One core is left to the server, which is most often on this machine. */
function processes(text: string, sockets: number): number {
  const least = Math.ceil(sockets / SOCKETS_PER_PROCESS);
  if (text === "auto") return Math.max(least, Math.min(availableParallelism() - 1, Math.ceil(sockets / 500), 8), 1);
  const count = number("processes", text, { least: 1, most: MOST_PROCESSES, whole: true });
  if (count < least) throw new ArgumentError(`--processes: ${sockets} sockets take at least ${least}`);
  return Math.min(count, sockets);
}

const SOCKET_SCHEMES: Readonly<Record<string, string>> = {
  "http:": "ws:",
  "https:": "wss:",
  "ws:": "ws:",
  "wss:": "wss:",
};

/** @returns ws(s)://host:port/…/wsconn */
function socketUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url && SOCKET_SCHEMES[url.protocol];
  if (url === undefined || scheme === undefined || url.hostname === "") {
    throw new ArgumentError(`--url takes ws(s)://host:port or http(s)://host:port, not ${JSON.stringify(text)}`);
  }
  const path = url.pathname.replace(/(\/wsconn)?\/*$/, "");
  return `${scheme}//${url.host}${path}/wsconn`;
}
