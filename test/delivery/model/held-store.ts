import type { NewFrame, StoredFrame, StoreOutcome } from "../../../src/store/mailbox.ts";

/** A call to the store that has not been answered. */
export interface Call {
  readonly name: string;
  readonly writes: boolean;
  /** Set once the database has carried it out; the answer may come much later. */
  readonly executed: boolean;
  execute(): void;
  /** Answers, after carrying it out where that is still to be done. */
  answer(): void;
  /** Answers with an error; what was carried out stays. */
  fail(): void;
}

/** The mailboxes' part of the store, in memory, which does nothing until it is told to. One frame is a page. */
export class HeldStore {
  /** Calls without an answer yet, oldest first. */
  calls: Call[] = [];
  rows: { id: number; uid: number; frame: Uint8Array }[] = [];
  /** Frames that were on disk at some time. */
  readonly committed = new Set<Uint8Array>();
  /** What was last to be written, and is tried again should it fail. */
  lastWrite = "";
  onRemove = () => {};
  #lastId = 0;

  append(batch: readonly NewFrame[]): Promise<StoreOutcome[]> {
    const frames = batch.map(({ uid, frame }) => ({ uid, frame }));
    return this.#hold("append", frames.map(({ frame }) => frame[23]).join(), true, () => {
      for (const { uid, frame } of frames) {
        this.rows.push({ id: ++this.#lastId, uid, frame });
        this.committed.add(frame);
      }
      return frames.map(() => "stored");
    });
  }

  waiting(uids: readonly number[]): Promise<Set<number>> {
    const asked = [...uids];
    return this.#hold("waiting", asked.join(), false, () => {
      return new Set(asked.filter((uid) => this.rows.some((row) => row.uid === uid)));
    });
  }

  read(uid: number, after: number): Promise<StoredFrame[]> {
    return this.#hold("read", `${uid} after ${after}`, false, () =>
      this.rows.filter((row) => row.uid === uid && row.id > after).slice(0, 1),
    );
  }

  remove(confirmed: ReadonlyMap<number, number>): Promise<void> {
    const upTo = new Map(confirmed);
    this.onRemove();
    return this.#hold("remove", JSON.stringify([...upTo]), true, () => {
      this.rows = this.rows.filter(({ uid, id }) => id > (upTo.get(uid) ?? 0));
    });
  }

  #hold<T>(verb: string, what: string, writes: boolean, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: { value: T } | undefined;
      const end = () => this.calls.splice(this.calls.indexOf(call), 1);
      const call = {
        name: `${verb} ${what}`,
        writes,
        get executed() {
          return result !== undefined;
        },
        execute() {
          result ??= { value: work() };
        },
        answer() {
          call.execute();
          end();
          resolve(result!.value);
        },
        fail() {
          end();
          reject(new Error("the database is away"));
        },
      };
      this.calls.push(call);
      if (writes) this.lastWrite = call.name;
    });
  }
}
