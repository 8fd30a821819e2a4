import type { HeldStore } from "./held-store.ts";
import type { Rules } from "./rules.ts";

/** What the database can do next with the calls that it was given. */
export class StoreChoices {
  /** Calls that were answered with an error and that the database has yet to carry out. */
  readonly late: { readonly name: string; execute(): void }[] = [];
  readonly #store: HeldStore;
  readonly #rules: Rules;
  readonly #left: { storeFailures: number };

  /** @param left how many calls may yet fail */
  constructor(store: HeldStore, rules: Rules, left: { storeFailures: number }) {
    this.#store = store;
    this.#rules = rules;
    this.#left = left;
  }

  /** Adds what it can do next. */
  add(add: (name: string, run: () => void) => void): void {
    const { calls } = this.#store;
    for (const call of calls) {
      add(`${call.name}: answered`, () => call.answer());
      // When a call is carried out matters to others alone, and of two that read, to neither.
      const others = this.late.length > 0 || calls.some((each) => each !== call && (each.writes || call.writes));
      if (!call.executed && others) add(`${call.name}: done`, () => call.execute());
      if (this.#left.storeFailures === 0) continue;
      const fail = () => {
        this.#left.storeFailures--;
        call.fail();
      };
      if (!call.executed) add(`${call.name}: fails`, fail);
      if (!call.writes) continue;
      add(`${call.name}: done, the answer is lost`, () => {
        call.execute();
        this.#rules.answerLost(call.name);
        fail();
      });
      if (call.executed) continue;
      add(`${call.name}: said to have failed`, () => {
        this.late.push(call);
        this.#rules.answerLost(call.name);
        fail();
      });
    }
    for (const late of this.late) {
      add(`${late.name}: done after all`, () => {
        this.late.splice(this.late.indexOf(late), 1);
        late.execute();
      });
    }
  }
}
