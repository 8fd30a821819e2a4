import { beforeAll, expect, test } from "bun:test";
import { type Client, clientOf } from "../support/client.ts";
import { allowForStarts } from "../support/services.ts";

allowForStarts();
let client: Client;
beforeAll(async () => {
  client = await clientOf("pglite");
});

test.each(["languages_cn", "languages_en", "locations_cn", "locations_en"])(
  "%s.json is a list of ids and names",
  async (name) => {
    const { status, headers, body } = await client.get(`/resources/${name}.json`);
    expect([status, headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
    expect(headers.get("cache-control")).toStartWith("public, max-age=3600");
    expect(Object.keys(body[0]).slice(0, 3)).toEqual(["id", "code", "name"]);
  },
);

test("who has a catalogue already gets 304 and no body, by whatever way it compares", async () => {
  const { headers } = await client.get("/resources/languages_en.json");
  const etag = headers.get("etag")!;
  for (const known of [etag, etag.replace("W/", ""), `"other", ${etag}`, "*"]) {
    const again = await client.get("/resources/languages_en.json", {}, { headers: { "If-None-Match": known } });
    expect([known, again.status, again.body, again.headers.get("etag")]).toEqual([known, 304, "", etag]);
  }
  const other = await client.get("/resources/languages_en.json", {}, { headers: { "If-None-Match": '"other"' } });
  expect(other.status).toBe(200);
});

test("a catalogue comes in gzip to whoever takes it, and to nobody else", async () => {
  const encoding = async (accepted: string) => {
    const headers = { "Accept-Encoding": accepted, "X-Forwarded-For": client.address };
    const response = await fetch(`${client.url}/resources/locations_cn.json`, { headers, decompress: false });
    const bytes = await response.bytes();
    return [response.headers.get("content-encoding"), bytes[0] === 0x1f, response.headers.get("vary")];
  };
  const vary = "Accept-Encoding, Origin";
  expect(await encoding("gzip, br")).toEqual(["gzip", true, vary]);
  expect(await encoding("br;q=1, gzip;q=0.5")).toEqual(["gzip", true, vary]);
  expect(await encoding("identity")).toEqual([null, false, vary]);
  expect(await encoding("gzip;q=0")).toEqual([null, false, vary]);
});
