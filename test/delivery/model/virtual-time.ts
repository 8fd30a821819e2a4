/**
 * Timers that fire when the explorer says so. They stand in for the globals while a search runs, which is one synchronous
 * block: no other test ever sees them. Any timer may fire at any moment, in any order: more than a real loop can do, so
 * what holds here does not rest on how long anything takes.
 */
export type TimerKind = "timeout" | "interval" | "immediate" | "sleep";

export interface Timer {
  readonly kind: TimerKind;
  readonly ms: number;
  readonly fire: () => void;
  /** Tells timers of different purpose apart. */
  readonly label: number;
}

export class VirtualTime {
  now = 0;
  #pending: Timer[] = [];

  get pending(): readonly Timer[] {
    return this.#pending;
  }

  /** Fires a timer; an interval stays pending. */
  fire(timer: Timer): void {
    if (timer.kind !== "interval") this.#cancel(timer);
    timer.fire();
  }

  reset(): void {
    this.now = 0;
    this.#pending = [];
  }

  /** Puts these timers in the place of the real ones until disposed. */
  install(): Disposable {
    const real = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval };
    const sleep = Bun.sleep;
    const now = performance.now;
    const cancel = (timer: Timer | undefined) => this.#cancel(timer);
    Object.assign(globalThis, {
      setTimeout: (fire: () => void, ms: number) => this.#add("timeout", ms, fire),
      setInterval: (fire: () => void, ms: number) => this.#add("interval", ms, fire),
      setImmediate: (fire: () => void) => this.#add("immediate", 0, fire),
      clearTimeout: cancel,
      clearInterval: cancel,
    });
    Object.assign(Bun, { sleep: (ms: number) => new Promise<void>((resolve) => this.#add("sleep", ms, resolve)) });
    Object.assign(performance, { now: () => this.now });
    return {
      [Symbol.dispose]() {
        Object.assign(globalThis, real);
        Object.assign(Bun, { sleep });
        Object.assign(performance, { now });
      },
    };
  }

  #add(kind: TimerKind, ms: number, fire: () => void) {
    const timer = { kind, ms, fire, label: fire.toString().length, unref: () => timer, ref: () => timer };
    this.#pending.push(timer);
    return timer;
  }

  #cancel(timer: Timer | undefined): void {
    const at = timer === undefined ? -1 : this.#pending.indexOf(timer);
    if (at !== -1) this.#pending.splice(at, 1);
  }
}
