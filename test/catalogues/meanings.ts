import type { Catalogues, Language, Location } from "../../src/catalogues/catalogues.ts";

/** What each id means, a line each: languages and countries by code, places by where they lie and their Chinese name. */
export function meanings(catalogues: Catalogues): string[] {
  const languages = JSON.parse(catalogues["languages_cn.json"]) as Language[];
  const locations = JSON.parse(catalogues["locations_cn.json"]) as Location[];
  return [
    ...languages.map(({ id, code }) => `language ${id} ${code}`),
    ...locations.flatMap(({ id, code, provinces }) => [
      `country ${id} ${code}`,
      ...provinces.flatMap((province) => [
        `${id} province ${province.id} ${province.name}`,
        ...province.cities.map((city) => `${province.id} city ${city.id} ${city.name}`),
      ]),
    ]),
  ];
}
