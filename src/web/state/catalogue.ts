/** What the numbers of languages and places are called, from the server's catalogues. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { TongueName } from "./tongue.ts";

export interface Named {
  readonly id: number;
  readonly name: string;
}
export interface Language extends Named {
  readonly code: string;
}
export interface Province extends Named {
  readonly cities: readonly Named[];
}
export interface Country extends Language {
  readonly provinces: readonly Province[];
}
export interface Catalogue {
  readonly languages: readonly Language[];
  readonly countries: readonly Country[];
}

const EMPTY: Catalogue = { languages: [], countries: [] };
const AGAIN_MS = 5000;

export class Catalogues {
  readonly #loaded: Record<TongueName, ReturnType<typeof signal<Catalogue>>> = { cn: signal(EMPTY), en: signal(EMPTY) };
  readonly #asked = new Set<TongueName>();

  /** Empty until it has come; whoever reads it is told when it has. */
  of(tongue: TongueName): ReadonlySignal<Catalogue> {
    if (!this.#asked.has(tongue)) {
      this.#asked.add(tongue);
      void this.#load(tongue);
    }
    return this.#loaded[tongue] as ReadonlySignal<Catalogue>;
  }

  async #load(tongue: TongueName): Promise<void> {
    try {
      const [languages, countries] = await Promise.all([
        list<Language>(`/resources/languages_${tongue}.json`),
        list<Country>(`/resources/locations_${tongue}.json`),
      ]);
      const compare = new Intl.Collator(tongue === "cn" ? "zh" : "en").compare;
      const byName = (one: Named, other: Named) => compare(one.name, other.name);
      // Languages stay as they come: the most spoken first.
      this.#loaded[tongue].value = { languages, countries: countries.sort(byName) };
    } catch {
      setTimeout(() => void this.#load(tongue), AGAIN_MS);
    }
  }
}

async function list<T>(path: string): Promise<T[]> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as T[];
}

export const nameOf = (entries: readonly Named[], id: number | null | undefined): string | undefined =>
  id == null ? undefined : entries.find((each) => each.id === id)?.name;

/** City, province, country: what is known of it, the smallest first or last as the language has it. */
export function placeOf(
  { countries }: Catalogue,
  { country, province, city }: { country?: number | null; province?: number | null; city?: number | null },
  tongue: TongueName,
): string {
  const nation = countries.find(({ id }) => id === country);
  const region = nation?.provinces.find(({ id }) => id === province);
  const parts = [nameOf(region?.cities ?? [], city), region?.name, nation?.name].filter((part) => part !== undefined);
  return tongue === "cn" ? parts.reverse().join(" ") : parts.join(", ");
}
