/** A crowd of sockets spread over several client processes, seen from the process that starts them. */
import { fileURLToPath } from "node:url";
import type { Subprocess } from "bun";
import { nowMicroseconds } from "./clock.ts";
import type { Login } from "./connection.ts";
import type { CrowdOptions, CrowdResult, CrowdState } from "./crowd.ts";
import type { Order, Report } from "./crowd-process.ts";
import { randomPairs } from "./pairs.ts";

const CLIENT = fileURLToPath(new URL("./crowd-process.ts", import.meta.url));
/** Between the order to talk and the first message due, so that all processes have the order by then. */
const LEAD_US = 200_000;
/** A crowd before it has begun. */
export const NOTHING: CrowdState = {
  open: 0,
  retries: 0,
  ended: 0,
  sent: 0,
  received: 0,
  repeated: 0,
  outOfOrder: 0,
  corrupt: 0,
  stray: 0,
};

interface Client {
  readonly process: Subprocess;
  readonly options: CrowdOptions;
  state: CrowdState;
  /** Settles the order under way. */
  answer: PromiseWithResolvers<CrowdResult | undefined> | undefined;
}

export interface CrowdsOptions {
  /** Of the nodes, ws://host:port/wsconn. */
  readonly urls: readonly string[];
  /** An even number of users, one socket each. */
  readonly logins: readonly Login[];
  readonly processes: number;
  readonly dataBytes: number;
}

export class Crowds implements AsyncDisposable {
  /** Share of the pairs whose two sockets are on different nodes. */
  readonly acrossNodes: number;
  private readonly clients: Client[];

  constructor({ urls, logins, processes, dataBytes }: CrowdsOptions) {
    const peers = randomPairs(logins.length);
    this.acrossNodes = peers.filter((peer, own) => peer % urls.length !== own % urls.length).length / peers.length;
    const members = logins.map((login, own) => ({ ...login, peer: peers[own]!, peerUid: logins[peers[own]!]!.uid }));
    this.clients = Array.from({ length: processes }, (_, index) => {
      const [first, end] = [index, index + 1].map((n) => Math.floor((n * logins.length) / processes));
      // A destination of its own: one address and port leaves a machine 28,000 ports to connect from.
      const own = urls.map((url) => url.replace("127.0.0.1", `127.0.1.${index + 1}`));
      return start({ urls: own, first: first!, members: members.slice(first, end), dataBytes });
    });
  }

  /** Process ids of the clients. */
  get pids(): number[] {
    return this.clients.map(({ process }) => process.pid);
  }

  /** The sum of what the clients last said: half a second old at most. */
  get state(): CrowdState {
    return this.clients.map(({ state }) => state).reduce(sum, NOTHING);
  }

  /** Opens every socket. */
  async connect(): Promise<void> {
    await Promise.all(this.clients.map((client) => order(client, { do: "connect", options: client.options })));
  }

  /** Sends `rate` messages a second, all clients together; resolves when the last is sent. Latencies are the last call's. */
  async talk(rate: number, seconds: number): Promise<void> {
    const startUs = nowMicroseconds() + LEAD_US;
    const own = rate / this.clients.length;
    // Each begins a little after the one before, so that they do not send all at the same moments.
    const orders = this.clients.map((client, index) =>
      order(client, { do: "talk", rate: own, seconds, recordFromUs: startUs, startUs: startUs + (index * 1e6) / rate }),
    );
    await Promise.all(orders);
  }

  /** Closes every socket and ends the clients. */
  async finish(): Promise<CrowdResult[]> {
    const results = await Promise.all(this.clients.map((client) => order(client, { do: "finish" })));
    await Promise.all(this.clients.map(({ process }) => process.exited));
    return results.map((result) => result!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.clients) process.kill("SIGKILL");
    await Promise.all(this.clients.map(({ process }) => process.exited));
  }
}

export function sum(one: CrowdState, other: CrowdState): CrowdState {
  const keys = Object.keys(NOTHING) as (keyof CrowdState)[];
  return Object.fromEntries(keys.map((key) => [key, one[key] + other[key]])) as unknown as CrowdState;
}

function start(options: CrowdOptions): Client {
  const child: Subprocess = Bun.spawn([process.execPath, CLIENT], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (message) => take(client, message as Report),
  });
  const client: Client = { process: child, options, state: NOTHING, answer: undefined };
  return client;
}

function take(client: Client, message: Report): void {
  if (message.report === "failed") return client.answer?.reject(new Error(message.reason));
  if (message.report === "result") return client.answer?.resolve(message.result);
  client.state = message.state;
  if (message.report === "done") client.answer?.resolve(undefined);
}

/** Gives an order and waits for its report. Rejects where the client fails or ends. */
function order(client: Client, order: Order): Promise<CrowdResult | undefined> {
  const answer = Promise.withResolvers<CrowdResult | undefined>();
  client.answer = answer;
  client.process.send(order);
  const ended = client.process.exited.then((code) => {
    throw new Error(`a client process ended early, with ${code}`);
  });
  return Promise.race([answer.promise, ended]);
}
