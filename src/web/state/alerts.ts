/** Browser notifications of messages that come while nobody looks. */
import { signal } from "@preact/signals";
import type { Saved } from "./saved.ts";

const KEY = "alerts";
const MOST_CHARACTERS = 140;

export type AlertState = "on" | "off" | "denied" | "none";

export class Alerts {
  readonly state = signal<AlertState>("off");
  readonly #saved: Saved;

  constructor(saved: Saved) {
    this.#saved = saved;
    this.#look();
  }

  /** Asks for permission where it is needed: only from a click. */
  async turn(on: boolean): Promise<void> {
    this.#saved.write(KEY, on);
    if (on && typeof Notification !== "undefined") await Notification.requestPermission();
    this.#look();
  }

  /** @param clicked is called when somebody follows it */
  show(peer: number, name: string, text: string, clicked: () => void): void {
    if (this.state.value !== "on") return;
    try {
      const body = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
      const shown = new Notification(name, { body, tag: `polyge-${peer}` });
      shown.onclick = () => {
        window.focus();
        clicked();
        shown.close();
      };
    } catch {
      // Chrome on Android shows none without a service worker.
      this.state.value = "none";
    }
  }

  #look(): void {
    if (typeof Notification === "undefined") this.state.value = "none";
    else if (Notification.permission === "denied") this.state.value = "denied";
    else this.state.value = this.#saved.read(KEY) && Notification.permission === "granted" ? "on" : "off";
  }
}
