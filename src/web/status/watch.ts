/** Asks `/metrics` again and again, and keeps what it answered for some minutes. */
import { signal } from "@preact/signals";
import type { Saved } from "../state/saved.ts";
import { type Figures, figuresOf, type Scrape, type State, scrapeOf, stateOf } from "./figures.ts";

const EVERY_MS = 2000;
const ANSWER_MS = 5000;
/** So many moments are drawn: five minutes. */
const KEPT = 150;
/** Rates and quantiles are of so many moments, so that few messages make a line and not dots. */
const WINDOW = 5;
const KEY = "metrics-token";

export interface Moment extends Figures {
  /** When it was, in ms since 1970. */
  readonly at: number;
}

/** `asking`: before the first answer. `locked`: the token is missing, or `wrong`. `lost`: no answer; what is shown is old. */
export type Link = "asking" | "locked" | "wrong" | "live" | "lost";

export class Watch {
  readonly link = signal<Link>("asking");
  readonly moments = signal<readonly Moment[]>([]);
  readonly state = signal<State | undefined>(undefined);
  readonly #saved: Saved;
  #token: string | undefined;
  #scrapes: Scrape[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param saved where the token stays as long as the tab is open */
  constructor(saved: Saved) {
    this.#saved = saved;
    this.#token = saved.read<string>(KEY);
  }

  get hasToken(): boolean {
    return this.#token !== undefined;
  }

  start(): void {
    void this.#ask();
  }

  unlock(token: string): void {
    this.#token = token;
    this.#saved.write(KEY, token);
    this.link.value = "asking";
    this.start();
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.#token = undefined;
    this.#saved.remove(KEY);
    this.#scrapes = [];
    this.moments.value = [];
    this.link.value = "asking";
    this.start();
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    const asked = this.#token;
    const started = performance.now();
    const answer = await fetch("/metrics", {
      headers: asked === undefined ? {} : { authorization: `Bearer ${asked}` },
      signal: AbortSignal.timeout(ANSWER_MS),
      cache: "no-store",
    })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch(() => undefined);
    if (asked !== this.#token) return;
    if (answer?.status === 401) {
      this.link.value = asked === undefined ? "locked" : "wrong";
      return;
    }
    if (answer?.status === 200) this.#take(answer.text);
    else this.link.value = "lost";
    this.#timer = setTimeout(() => void this.#ask(), Math.max(0, EVERY_MS - (performance.now() - started)));
  }

  #take(text: string): void {
    const scrape = scrapeOf(text, performance.now());
    const before = this.#scrapes[0];
    this.#scrapes = [...this.#scrapes, scrape].slice(-WINDOW);
    const moment = { ...figuresOf(scrape, before), at: Date.now() };
    this.moments.value = [...this.moments.value, moment].slice(-KEPT);
    this.state.value = stateOf(scrape);
    this.link.value = "live";
  }
}
