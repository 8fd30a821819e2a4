/** `/metrics`: measurements as Prometheus text. */
import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Metrics } from "../metrics/registry.ts";
import { type Call, call } from "./call.ts";
import { content, failure } from "./reply.ts";

/** @param bearer `METRICS_TOKEN`; undefined: everybody may read */
export function metricsCall(metrics: Metrics, bearer: string | undefined): Call {
  const expected = bearer === undefined ? undefined : digest(`Bearer ${bearer}`);
  return call({
    path: "/metrics",
    summary: "Measurements in Prometheus' text format.",
    methods: ["GET"],
    arguments: z.object({}),
    fails: ["bad_token"],
    async answer(_, { request }) {
      if (expected && !timingSafeEqual(digest(request.headers.get("authorization") ?? ""), expected)) {
        return failure("bad_token", "the bearer token is missing or wrong", { "WWW-Authenticate": "Bearer" });
      }
      return content(await metrics.text(), metrics.contentType);
    },
  });
}

/** Of one length, whatever was sent, so that comparing takes the same time always. */
const digest = (text: string) => createHash("sha256").update(text).digest();
