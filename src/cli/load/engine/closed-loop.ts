/**
 * The closed loop: sockets in pairs (0 with 1, 2 with 3, …), each with a fixed number of frames under way to the other;
 * for every frame that arrives, one more goes out. The server's speed alone sets the pace.
 */
import { encodeFrame } from "../../../protocol/frame.ts";
import { Connection, type Login } from "./connection.ts";
import { measureCpu } from "./cpu.ts";
import { type FrameBlock, frameBlock, maskedFrame } from "./frames.ts";
import { OPCODE } from "./wire-reader.ts";

/** Upgrades under way at once: enough to keep the server busy, less than its listen queue. */
const OPENING_AT_ONCE = 100;
const DRAIN_SECONDS = 3;
/** After the last frame, how long pings are still answered: what a server holds unconfirmed it would send again later. */
const LAST_PINGS_MS = 1500;

export interface ClosedLoopOptions {
  /** ws://host:port/wsconn of each node. Socket i is on number i modulo their count: with two, a pair's are on both. */
  readonly urls: readonly string[];
  /** An even number of users, one socket each. */
  readonly logins: readonly Login[];
  /** Frames that each socket keeps under way. */
  readonly inFlight: number;
  readonly dataBytes: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Processes whose CPU is the servers'. */
  readonly serverPids?: readonly number[];
  /** How long to wait at the end for frames under way; what has not come by then counts as lost. */
  readonly drainSeconds?: number;
}

export interface ClosedLoopResult {
  readonly messagesPerSecond: number;
  /** Cores used during the window, by the client and by all server processes. */
  readonly clientCpu: number;
  readonly serverCpu: number | undefined;
  /** These of the whole run, warm-up and drain included. */
  readonly sent: number;
  readonly received: number;
  readonly pings: number;
  /**
   * Frames that a read of the client brought during the window, on average. The cost of a frame hangs on it (system calls).
   * The two windows of a pair become one sooner or later, and reads twice as large: compare rates only where this is alike.
   */
  readonly framesPerChunk: number;
  /** Close codes of connections that ended before the run did. */
  readonly closed: readonly number[];
}

interface Totals {
  sent: number;
  received: number;
  chunks: number;
  closed: number[];
  running: boolean;
}

async function openAll(options: ClosedLoopOptions, totals: Totals): Promise<[Connection, FrameBlock][]> {
  const { logins, inFlight, dataBytes } = options;
  const urls = options.urls.map((url) => new URL(url));
  const opened: [Connection, FrameBlock][] = [];
  const open = async (index: number) => {
    const login = logins[index]!;
    const frame = encodeFrame(
      {
        uid: login.uid,
        target: logins[index ^ 1]!.uid,
        msgId: 0n,
        timestampMs: BigInt(Date.now()),
        data: crypto.getRandomValues(new Uint8Array(dataBytes)),
      },
      Bun.hash.crc32,
    );
    // All of a pair's frames can be under way to one of the two at once, and one chunk may bring them all.
    const block = frameBlock(maskedFrame(OPCODE.binary, frame), 2 * inFlight);
    const connection = await Connection.open(urls[index % urls.length]!, login, {
      onBinaries(self, messages) {
        totals.received += messages;
        totals.chunks++;
        if (!totals.running) return;
        totals.sent += messages;
        self.send(block, messages);
      },
      onEnd: (self) => totals.closed.push(self.closeCode!),
    });
    opened[index] = [connection, block];
  };
  let next = 0;
  const worker = async () => {
    while (next < logins.length) await open(next++);
  };
  await Promise.all(Array.from({ length: Math.min(OPENING_AT_ONCE, logins.length) }, worker));
  return opened;
}

/**
 * Runs one closed loop and closes its sockets. Every frame is accounted for: `sent` is `received` unless some were lost.
 * @throws Error where a socket cannot be opened, or the number of logins is odd
 */
export async function closedLoop(options: ClosedLoopOptions): Promise<ClosedLoopResult> {
  if (options.logins.length % 2 !== 0) throw new Error("a closed loop needs an even number of users");
  const totals: Totals = { sent: 0, received: 0, chunks: 0, closed: [], running: true };
  const sockets = await openAll(options, totals);
  for (const [connection, block] of sockets) {
    totals.sent += options.inFlight;
    connection.send(block, options.inFlight);
  }
  await Bun.sleep(options.warmUpSeconds * 1000);

  const stopCpu = measureCpu(options.serverPids ?? []);
  const { received, chunks } = totals;
  await Bun.sleep(options.seconds * 1000);
  const messages = totals.received - received;
  const framesPerChunk = messages / (totals.chunks - chunks);
  const { seconds, client, servers } = stopCpu();

  totals.running = false;
  const giveUp = performance.now() + (options.drainSeconds ?? DRAIN_SECONDS) * 1000;
  while (totals.received < totals.sent && performance.now() < giveUp) await Bun.sleep(10);
  await Bun.sleep(LAST_PINGS_MS);
  const closed = [...totals.closed];
  for (const [connection] of sockets) connection.close();
  return {
    messagesPerSecond: messages / seconds,
    clientCpu: client,
    serverCpu: servers,
    sent: totals.sent,
    received: totals.received,
    pings: sockets.reduce((sum, [connection]) => sum + connection.pings, 0),
    framesPerChunk,
    closed,
  };
}
