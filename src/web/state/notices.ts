/** Short notes that come and go, which a screen reader hears too. */
import { signal } from "@preact/signals";

const SHOWN_MS = 5000;
const MOST = 3;

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly kind: "good" | "bad";
}

export class Notices {
  readonly shown = signal<readonly Notice[]>([]);
  #last = 0;

  good(text: string): void {
    this.#show(text, "good");
  }

  bad(text: string): void {
    this.#show(text, "bad");
  }

  dismiss(id: number): void {
    this.shown.value = this.shown.value.filter((each) => each.id !== id);
  }

  #show(text: string, kind: Notice["kind"]): void {
    const id = ++this.#last;
    this.shown.value = [...this.shown.value.filter((each) => each.text !== text), { id, text, kind }].slice(-MOST);
    setTimeout(() => this.dismiss(id), SHOWN_MS);
  }
}
