/** `/resources/languages_cn.json` and the like: what the numbers of languages and places mean. */
import { z } from "zod";
import type { CatalogueName, Catalogues } from "../catalogues/catalogues.ts";
import { type Call, call } from "./call.ts";
import { DATA_POLICY } from "./reply.ts";
import { Stored } from "./stored.ts";

/** Ids never change their meaning, so an hour's old list is only short of news, and may be shown while a new one comes. */
const CACHE = "public, max-age=3600, stale-while-revalidate=604800";

const SUMMARIES: Record<CatalogueName, string> = {
  "languages_cn.json": "Languages: id, BCP 47 code, Chinese name.",
  "languages_en.json": "Languages: id, BCP 47 code, English name.",
  "locations_cn.json": "Countries, their provinces and cities: ids and Chinese names.",
  "locations_en.json": "Countries, their provinces and cities: ids and English names.",
};

export const catalogueCalls = (catalogues: Catalogues): Call[] =>
  Object.entries(catalogues).map(([name, text]) => {
    const stored = new Stored(text, { type: "application/json; charset=utf-8", cache: CACHE, policy: DATA_POLICY });
    return call({
      path: `/resources/${name}`,
      summary: SUMMARIES[name as CatalogueName],
      methods: ["GET"],
      arguments: z.object({}),
      fails: [],
      answer: (_, { request }) => stored.answer(request),
    });
  });
