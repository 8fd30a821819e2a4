/** Brings what was written to the server: through whichever connection there is, under one id, until it has answered. */
import { type Connection, drawMsgId, type PolygeError, RESEND_WINDOW_MS } from "../../client/index.ts";
import type { AsUser } from "./as-user.ts";
import { type Entry, entryOfOwn } from "./entry.ts";
import type { Unsent } from "./unsent.ts";

/** History that is looked through for a message that may have arrived long ago. */
const LOOKED_THROUGH = 200;

export class Sender {
  readonly #uid: number;
  readonly #unsent: Unsent;
  readonly #asUser: AsUser;
  readonly #waiting = new Map<bigint, Entry>();
  #connection: Connection | undefined;

  constructor(uid: number, unsent: Unsent, asUser: AsUser) {
    this.#uid = uid;
    this.#unsent = unsent;
    this.#asUser = asUser;
    for (const { to, msgId, timestampMs, text } of unsent.all) {
      this.#waiting.set(BigInt(msgId), entryOfOwn(uid, to, BigInt(msgId), timestampMs, text));
    }
  }

  /** What was written to somebody and has no answer yet, or failed. */
  waitingFor(peer: number): Entry[] {
    return [...this.#waiting.values()].filter(({ to }) => to === peer);
  }

  get peers(): Set<number> {
    return new Set([...this.#waiting.values()].map(({ to }) => to));
  }

  /** @returns undefined: too many messages wait already */
  write(to: number, text: string): Entry | undefined {
    if (this.#unsent.full) return undefined;
    const entry = entryOfOwn(this.#uid, to, drawMsgId(), Date.now(), text);
    this.#waiting.set(entry.msgId, entry);
    this.#unsent.keep({ to, msgId: String(entry.msgId), timestampMs: entry.timestampMs, text });
    this.#send(entry);
    return entry;
  }

  retry(entry: Entry): void {
    entry.fate.value = "sending";
    this.#send(entry);
  }

  discard({ msgId }: Entry): void {
    this.#waiting.delete(msgId);
    this.#unsent.drop(msgId);
  }

  /** A connection that knows nothing yet of what waits. */
  async attach(connection: Connection): Promise<void> {
    await this.#dropArrived();
    this.#connection = connection;
    for (const entry of this.#waiting.values()) if (entry.fate.value !== "failed") this.#send(entry);
  }

  detach(): void {
    this.#connection = undefined;
  }

  /** The server knows a repeat for some minutes; of what is older only the history tells whether it arrived. */
  async #dropArrived(): Promise<void> {
    const old = [...this.#waiting.values()].filter(
      ({ timestampMs }) => Date.now() - timestampMs > RESEND_WINDOW_MS / 2,
    );
    for (const peer of new Set(old.map(({ to }) => to))) {
      const asked = this.#asUser((server, session) => server.history(session, peer, { limit: LOOKED_THROUGH }));
      const page = await asked.catch(() => undefined);
      const arrived = new Set(page?.items.filter(({ from }) => from === this.#uid).map(({ msgId }) => msgId));
      for (const entry of old) if (arrived.has(entry.msgId)) this.#done(entry, "stored");
    }
  }

  #done(entry: Entry, fate: "written" | "stored"): void {
    entry.reached(fate);
    this.discard(entry);
  }

  #send(entry: Entry): void {
    const connection = this.#connection;
    if (!connection) return;
    const { to, text, timestampMs, msgId } = entry;
    const { written, stored, delivered } = connection.send(to, text, timestampMs, msgId);
    delivered.then(
      () => entry.reached("delivered"),
      () => {},
    );
    stored.then(
      () => this.#done(entry, "stored"),
      ({ code }: PolygeError) => {
        // What a closed connection could not send, the next one does.
        if (code === "closed" || this.#connection !== connection) return;
        if (code === "no_acks") void written.then(() => this.#done(entry, "written"));
        else entry.failed(code);
      },
    );
  }
}
