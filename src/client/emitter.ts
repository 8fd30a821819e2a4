/** An application's own error goes where the runtime reports what nobody caught, and disturbs nothing of ours. */
export function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Typed events. `Events` maps a name to what its handlers are given. */
export class Emitter<Events extends object> {
  readonly #handlers = new Map<keyof Events, Set<(value: never) => void>>();

  /** @returns a function that takes the handler away again */
  on<Name extends keyof Events>(name: Name, handler: (value: Events[Name]) => void): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers);
    handlers.add(handler);
    return () => void handlers.delete(handler);
  }

  /** What a handler throws is nobody's to catch here: see `throwUncaught`. */
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const handler of [...(this.#handlers.get(name) ?? [])]) {
      try {
        (handler as (value: Events[Name]) => void)(value);
      } catch (error) {
        throwUncaught(error);
      }
    }
  }
}
