/** Who of those that are shown is online, and who is writing. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Connection } from "../../client/index.ts";

/** The SDK watches 499 at most. */
const MOST = 400;
/** A sign that somebody writes holds for so long. */
const TYPING_MS = 5000;
/** One's own is told this often at most. */
const TELL_EVERY_MS = 2500;

export class Presence {
  readonly #online = new Map<number, Signal<boolean | undefined>>();
  readonly #typing = new Map<number, Signal<boolean>>();
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  #connection: Connection | undefined;
  #toldMs = 0;

  /** undefined: not known. */
  online(uid: number): ReadonlySignal<boolean | undefined> {
    const known = this.#online.get(uid);
    if (known) return known;
    const fresh = signal<boolean | undefined>(undefined);
    this.#online.set(uid, fresh);
    this.#connection?.watch(uid);
    if (this.#online.size > MOST) {
      const oldest = this.#online.keys().next().value!;
      this.#online.delete(oldest);
      this.#connection?.unwatch(oldest);
    }
    return fresh;
  }

  typing(uid: number): ReadonlySignal<boolean> {
    const known = this.#typing.get(uid) ?? signal(false);
    this.#typing.set(uid, known);
    return known;
  }

  /** Somebody's message is here, so he is not writing it any more. */
  stoppedTyping(uid: number): void {
    clearTimeout(this.#timers.get(uid));
    this.#timers.delete(uid);
    const known = this.#typing.get(uid);
    if (known) known.value = false;
  }

  tellTyping(to: number): void {
    const now = performance.now();
    if (now - this.#toldMs < TELL_EVERY_MS) return;
    if (this.#connection?.typing(to)) this.#toldMs = now;
  }

  attach(connection: Connection): void {
    this.#connection = connection;
    connection.on("presence", ({ uid, online }) => {
      const known = this.#online.get(uid);
      if (known) known.value = online;
    });
    connection.on("typing", ({ from }) => {
      const known = this.#typing.get(from);
      if (!known) return;
      known.value = true;
      clearTimeout(this.#timers.get(from));
      this.#timers.set(
        from,
        setTimeout(() => this.stoppedTyping(from), TYPING_MS),
      );
    });
    connection.watch(...this.#online.keys());
  }

  /** Without a connection nobody knows. */
  lost(): void {
    for (const known of this.#online.values()) known.value = undefined;
  }
}
