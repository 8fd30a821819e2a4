/**
 * A client process's part of a crowd: up to some 19,000 sockets that hold, answer pings, send at a set rate and account
 * for all that they receive.
 */
import { nowMicroseconds } from "./clock.ts";
import { Connection, type ConnectionEvents, type Login } from "./connection.ts";
import { maskedFrame } from "./frames.ts";
import { Latency } from "./latency.ts";
import { Ledger, type Tally } from "./ledger.ts";
import { keepPace } from "./pace.ts";
import { stampedFrame } from "./stamp.ts";
import { OPCODE } from "./wire-reader.ts";

/** Upgrades under way at once, in this process: a few processes together stay below a server's listen queue of 512. */
const OPENING_AT_ONCE = 50;
/** How often a socket that was refused (503, 429, connection reset) tries again, and after how long. */
const ATTEMPTS = 5;
const ATTEMPT_PAUSE_MS = 200;
const CLOSE_WAIT_MS = 3000;

export interface Member extends Login {
  /** Index of the peer's socket in the whole crowd. */
  readonly peer: number;
  readonly peerUid: number;
}

export interface CrowdOptions {
  /** Of the nodes, ws://host:port/wsconn: a socket with index i in the whole crowd is on number i modulo their count. */
  readonly urls: readonly string[];
  /** Index of `members[0]` in the whole crowd. */
  readonly first: number;
  readonly members: readonly Member[];
  /** Of each message, at least `STAMP_BYTES`. */
  readonly dataBytes: number;
}

export interface Talk {
  /** Messages a second, of this process. */
  readonly rate: number;
  readonly seconds: number;
  /** When the first message is due here, in µs since 1970. */
  readonly startUs: number;
  /** When the first is due anywhere: what was due before belongs to an earlier talk. */
  readonly recordFromUs: number;
}

export interface CrowdState extends Tally {
  /** Sockets open now. */
  readonly open: number;
  /** Upgrades that had to be tried again. */
  readonly retries: number;
  /** Sockets that ended although nobody here closed them. */
  readonly ended: number;
  readonly sent: number;
}

export interface CrowdResult extends CrowdState {
  readonly pings: number;
  /** Close codes of sockets that ended, with how many had each. */
  readonly codes: Readonly<Record<string, number>>;
  /** Packed `Latency`: from the intended time of sending to the arrival, where both sockets are on one node. */
  readonly sameNode: string;
  /** The same where they are on two. */
  readonly acrossNodes: string;
  /** Packed `Latency`: from the intended to the true time of sending, the client's own part of the other two. */
  readonly sendLag: string;
}

const noLatencies = () => ({ same: new Latency(), across: new Latency(), sendLag: new Latency() });

export class Crowd {
  private readonly options: CrowdOptions;
  private readonly ledger: Ledger;
  private readonly connections: (Connection | undefined)[];
  private readonly slots = new Map<Connection, number>();
  private readonly sequences: Uint32Array;
  private latencies = noLatencies();
  /** Messages that were due earlier are in no latency. */
  private recordFromUs = 0;
  private readonly codes: Record<string, number> = {};
  private retries = 0;
  private ended = 0;
  private sent = 0;
  private closing = false;

  constructor(options: CrowdOptions) {
    this.options = options;
    const peers = new Map(options.members.map(({ peer, peerUid }) => [peer, peerUid]));
    this.ledger = new Ledger(options.members, (sender) => peers.get(sender));
    this.connections = new Array(options.members.length);
    this.sequences = new Uint32Array(options.members.length);
  }

  /** @throws Error where a socket is refused time and again */
  async connect(): Promise<void> {
    const urls = this.options.urls.map((url) => new URL(url));
    const { members, first } = this.options;
    let next = 0;
    const worker = async () => {
      while (next < members.length) {
        const slot = next++;
        const connection = await this.open(urls[(first + slot) % urls.length]!, members[slot]!);
        if (connection.closeCode === undefined) this.connections[slot] = connection;
        this.slots.set(connection, slot);
      }
    };
    await Promise.all(Array.from({ length: OPENING_AT_ONCE }, worker));
  }

  /**
   * Sends `rate` messages a second in all, each from a socket drawn at random to its peer. Latencies are those of the last
   * call; the accounts are of all.
   */
  async talk({ rate, seconds, startUs, recordFromUs }: Talk): Promise<void> {
    this.recordFromUs = recordFromUs;
    this.latencies = noLatencies();
    await keepPace(rate, seconds, startUs, (dueUs) => {
      // A socket that ended says nothing; its turn is another's, so that the rate stays.
      for (let draw = 0; draw < 100; draw++) {
        const slot = Math.floor(Math.random() * this.connections.length);
        const connection = this.connections[slot];
        if (connection !== undefined) return this.say(connection, slot, dueUs);
      }
    });
  }

  state(): CrowdState {
    const open = this.slots.size - this.ended;
    return { ...this.ledger.tally, open, retries: this.retries, ended: this.ended, sent: this.sent };
  }

  result(): CrowdResult {
    let pings = 0;
    for (const connection of this.slots.keys()) pings += connection.pings;
    const { same, across, sendLag } = this.latencies;
    const packed = { sameNode: same.pack(), acrossNodes: across.pack(), sendLag: sendLag.pack() };
    return { ...this.state(), pings, codes: this.codes, ...packed };
  }

  /** Closes every socket, and waits a few seconds for the servers to answer. */
  async close(): Promise<void> {
    this.closing = true;
    for (const connection of this.slots.keys()) connection.close();
    const giveUp = performance.now() + CLOSE_WAIT_MS;
    while (this.connections.some((connection) => connection !== undefined) && performance.now() < giveUp) {
      await Bun.sleep(50);
    }
  }

  private async open(url: URL, login: Login): Promise<Connection> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await Connection.open(url, login, this.events);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        this.retries++;
        await Bun.sleep(ATTEMPT_PAUSE_MS * attempt);
      }
    }
  }

  /** One set for all sockets. */
  private readonly events: ConnectionEvents = {
    onMessage: (connection, bytes, from, to) => this.heard(connection, bytes.subarray(from, to)),
    onEnd: (connection) => {
      const slot = this.slots.get(connection);
      if (slot !== undefined) this.connections[slot] = undefined;
      if (this.closing) return;
      this.ended++;
      const code = String(connection.closeCode);
      this.codes[code] = (this.codes[code] ?? 0) + 1;
    },
  };

  private say(connection: Connection, slot: number, intendedUs: number): void {
    const { members, first, dataBytes } = this.options;
    const { uid, peerUid } = members[slot]!;
    const stamp = { sender: first + slot, sequence: this.sequences[slot]!++, intendedUs };
    const bytes = maskedFrame(OPCODE.binary, stampedFrame(uid, peerUid, stamp, dataBytes));
    connection.send({ bytes, stride: bytes.length, copies: 1 }, 1);
    this.sent++;
    this.latencies.sendLag.record(nowMicroseconds() - intendedUs);
  }

  private heard(connection: Connection, frame: Uint8Array): void {
    const arrivedUs = nowMicroseconds();
    const slot = this.slots.get(connection);
    // Nobody speaks before all sockets are open and have their slots.
    const stamp = slot === undefined ? undefined : this.ledger.enter(slot, frame);
    if (stamp === undefined || stamp.intendedUs < this.recordFromUs) return;
    const nodes = this.options.urls.length;
    const { same, across } = this.latencies;
    const own = (this.options.first + slot!) % nodes;
    (stamp.sender % nodes === own ? same : across).record(arrivedUs - stamp.intendedUs);
  }
}
