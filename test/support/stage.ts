/** Users and their sockets on one service; the sockets of a test end with it. */
import { afterEach, beforeAll } from "bun:test";
import { Client } from "./client.ts";
import type { Kind } from "./databases.ts";
import { type Login, Peer, type PeerOptions } from "./peer.ts";
import { METRICS_TOKEN, sharedService } from "./services.ts";

/** No user has it. */
export const NOBODY = 2 ** 52 + 1;

export class Stage {
  readonly #peers: Peer[] = [];
  readonly #url: () => Promise<string>;
  readonly #newcomers: () => Promise<Login[]>;

  /** @param newcomers users whom no test knows yet; where none are left, somebody registers */
  constructor(url: () => Promise<string>, newcomers: () => Promise<Login[]> = async () => []) {
    this.#url = url;
    this.#newcomers = newcomers;
  }

  /** A client of the HTTP calls, from an address of its own. */
  async client(): Promise<Client> {
    return new Client(await this.#url());
  }

  /** Somebody new. */
  async join(): Promise<Login> {
    const newcomer = (await this.#newcomers()).pop();
    if (newcomer !== undefined) return newcomer;
    const { uid, token } = await (await this.client()).join();
    return { uid, token };
  }

  people(count: number): Promise<Login[]> {
    return Promise.all(Array.from({ length: count }, () => this.join()));
  }

  async open(login: Login, options: PeerOptions = {}): Promise<Peer> {
    const peer = await Peer.open(await this.#url(), login, options);
    this.#peers.push(peer);
    return peer;
  }

  /** Somebody new, with an open socket. */
  async peer(options: PeerOptions = {}): Promise<Peer> {
    return this.open(await this.join(), options);
  }

  /** Somebody new who has confirmed all so far, is sent what comes at once, and answers no ping any more. */
  async silent(): Promise<Peer> {
    const peer = await this.peer({ answersPings: false });
    await peer.soFar();
    peer.pong(await peer.nextPing());
    await peer.sync();
    return peer;
  }

  /** Waits until the server knows that this user has no socket left. */
  async offline(uid: number): Promise<void> {
    const watcher = await this.peer({ v2: true });
    watcher.sendText({ type: "watch", uids: [uid] });
    while ((await watcher.next("presence")).online);
    watcher.cut();
  }

  /** One value of /metrics, by name and labels as they stand there. */
  async metric(name: string): Promise<number> {
    const client = await this.client();
    const { body } = await client.get("/metrics", {}, { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
    const line = String(body)
      .split("\n")
      .find((each) => each.startsWith(`${name} `));
    if (!line) throw new Error(`no metric ${name}`);
    return Number(line.slice(name.length));
  }

  /** Frames so far that had this outcome. */
  frames(outcome: string): Promise<number> {
    return this.metric(`polyge_frames_total{outcome="${outcome}"}`);
  }

  clear(): void {
    for (const peer of this.#peers.splice(0)) peer.cut();
  }
}

/** An embedded database takes seconds to start; no single test should pay for it. */
const START_MS = 60_000;

/** A stage for a suite, on the shared service or on the one that is shared by all who want these settings. */
export function stageOn(kind: Kind, settings: Record<string, string> = {}): Stage {
  const shared = () => sharedService(kind, settings);
  const stage = new Stage(
    async () => (await shared()).service.url,
    async () => (await shared()).newcomers,
  );
  beforeAll(async () => void (await shared()), START_MS);
  afterEach(() => stage.clear());
  return stage;
}

/** Settings so small that a test reaches every limit; one service with them is shared. */
export const TIGHT = {
  MAX_FRAME_BYTES: "1000",
  MAX_SOCKETS_PER_USER: "3",
  MAX_CONNECTIONS: "24",
  MESSAGE_RATE: "1",
  MESSAGE_BURST: "30",
  MAILBOX_FRAMES: "5",
  MAILBOX_BYTES: "2000",
  UNCONFIRMED_BYTES_PER_USER: "65536",
  HISTORY_DAYS: "0",
};
/** What `TIGHT` says, as numbers. */
export const TIGHT_LIMITS = {
  frameBytes: 1000,
  sockets: 3,
  connections: 24,
  burst: 30,
  mailFrames: 5,
  mailBytes: 2000,
};
