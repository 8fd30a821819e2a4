/** The command line of `bun run bench`. */
import { parseArgs } from "node:util";
import { LATEST, PARTS, type PartName } from "./measured.ts";
import type { Shape } from "./parts/relay.ts";

/** An argument that cannot be used; the message is one line for the operator. */
export class ArgumentError extends Error {}

/** Who may take part in the relay's throughput. */
export const SERVERS = ["polyge", "polyge-history", "polyge-2-nodes", "bare-bun", "node-ws", "nats-raw"] as const;
export type ServerName = (typeof SERVERS)[number];

export interface Arguments {
  readonly only: readonly PartName[];
  readonly quick: boolean;
  /** Of the relay. */
  readonly rounds: number;
  readonly shapes: readonly Shape[];
  readonly servers: readonly ServerName[];
  /** Of the idle sockets. */
  readonly sockets: number;
  readonly seconds: number;
  /** Before each measurement under load. */
  readonly warmUpSeconds: number;
  readonly settleSeconds: number;
  readonly database: string | undefined;
  readonly nats: string | undefined;
  readonly json: string;
  /** Said on the page that is drawn. */
  readonly note: string | undefined;
}

const OPTIONS = {
  only: { type: "string" },
  quick: { type: "boolean", default: false },
  rounds: { type: "string" },
  shapes: { type: "string", default: "64x16,1000x8,4000x2" },
  servers: { type: "string", default: "polyge,bare-bun,node-ws" },
  sockets: { type: "string" },
  seconds: { type: "string" },
  "warm-up": { type: "string" },
  settle: { type: "string" },
  database: { type: "string" },
  nats: { type: "string" },
  json: { type: "string", default: LATEST },
  note: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

export const HELP = `Polyge beside its yardsticks, on this machine.

  bun run bench [options]

  --only PARTS         of ${PARTS.join(",")}; default: all, and the results are drawn into bench/RESULTS.md
  --quick              a rough idea in a minute; nothing is drawn
  --rounds N           relay: rounds of each server; default: 3 (quick: 2)
  --shapes S           relay: sockets x frames under way for each; default: 64x16,1000x8,4000x2
  --servers S          relay: of ${SERVERS.join(",")}; default: polyge,bare-bun,node-ws
  --sockets N          idle: how many; default: 10000 (quick: 2000)
  --seconds S          how long each measurement takes; default: 3 (quick: 1)
  --warm-up S          how long the load goes on before it counts; default: 1 (quick: 0.5). A closed loop of 1000 sockets
                       has found its pace after some 30
  --settle S           idle: how long servers rest before their memory is read; default: 20 (quick: 1)
  --database URL       postgres://… for Polyge; default: an embedded one in a temporary folder
  --nats URL           nats://… for two nodes, and for NATS alone
  --json FILE          where all figures go; default: bench/results/latest.json
  --note TEXT          what whoever reads the results should know, as that the machine was busy
`;

/**
 * @returns undefined where help is asked for
 * @throws ArgumentError
 */
export function readArguments(words: readonly string[]): Arguments | undefined {
  const { values } = parsed(words);
  if (values.help) return undefined;
  const { quick } = values;
  return {
    only: values.only === undefined ? PARTS : namesOf("only", values.only, PARTS),
    quick,
    rounds: number("rounds", values.rounds ?? (quick ? "2" : "3"), 1, true),
    shapes: values.shapes.split(",").map(shapeOf),
    servers: namesOf("servers", values.servers, SERVERS),
    sockets: number("sockets", values.sockets ?? (quick ? "2000" : "10000"), 1, true),
    seconds: number("seconds", values.seconds ?? (quick ? "1" : "3"), 0.1),
    warmUpSeconds: number("warm-up", values["warm-up"] ?? (quick ? "0.5" : "1"), 0),
    settleSeconds: number("settle", values.settle ?? (quick ? "1" : "20"), 0),
    // An empty one counts as none.
    database: values.database || undefined,
    nats: values.nats || undefined,
    json: values.json,
    note: values.note,
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS });
  } catch (error) {
    throw new ArgumentError(`${(error as Error).message.split(/\. |\n/)[0]}; see --help`);
  }
}

function namesOf<T extends string>(option: string, text: string, known: readonly T[]): T[] {
  return text.split(",").map((name) => {
    const found = known.find((each) => each === name);
    if (found !== undefined) return found;
    throw new ArgumentError(`--${option}: unknown ${JSON.stringify(name)}: there are ${known.join(", ")}`);
  });
}

function shapeOf(text: string): Shape {
  const [sockets, inFlight] = (/^(\d+)x(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (sockets! >= 2 && sockets! % 2 === 0 && inFlight! >= 1) return { sockets: sockets!, inFlight: inFlight! };
  throw new ArgumentError(`--shapes takes 64x16,1000x8 with even numbers of sockets, not ${JSON.stringify(text)}`);
}

function number(option: string, text: string, least: number, whole = false): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && Number.isFinite(value) && (!whole || Number.isInteger(value))) return value;
  throw new ArgumentError(
    `--${option} takes a ${whole ? "whole " : ""}number from ${least}, not ${JSON.stringify(text)}`,
  );
}
