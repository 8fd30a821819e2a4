/** What stays when the page is closed, as JSON in the browser's storage. Where there is none, everything works but staying. */
export class Saved {
  readonly #storage: Storage | undefined;

  /** @param prefix of all names, so that other pages of the same host do not meet */
  constructor(
    storage: () => Storage,
    readonly prefix = "polyge:",
  ) {
    try {
      this.#storage = storage();
    } catch {
      // Forbidden by the browser's settings.
    }
  }

  /** Whatever is there and is JSON: the caller knows what it wrote. */
  read<T>(name: string): T | undefined {
    try {
      const text = this.#storage?.getItem(this.prefix + name);
      return text == null ? undefined : (JSON.parse(text) as T);
    } catch {
      return undefined;
    }
  }

  /** @returns false: it is not kept, the storage is full or forbidden */
  write(name: string, value: unknown): boolean {
    try {
      this.#storage?.setItem(this.prefix + name, JSON.stringify(value));
      return this.#storage !== undefined;
    } catch {
      return false;
    }
  }

  remove(name: string): void {
    this.#storage?.removeItem(this.prefix + name);
  }

  /** Names that begin so. */
  names(start: string): string[] {
    const all = Array.from({ length: this.#storage?.length ?? 0 }, (_, at) => this.#storage!.key(at) ?? "");
    return all.filter((key) => key.startsWith(this.prefix + start)).map((key) => key.slice(this.prefix.length));
  }

  /** Another page of the same browser has written or removed it. */
  onChange(name: string, handler: () => void): void {
    addEventListener("storage", ({ key }) => {
      if (key === this.prefix + name) handler();
    });
  }
}
