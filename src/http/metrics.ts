/** `/metrics`: measurements as Prometheus text. */
import { z } from "zod";
import type { Metrics } from "../metrics/registry.ts";
import { bearerOf, wrongBearer } from "./bearer.ts";
import { type Call, call } from "./call.ts";
import { content } from "./reply.ts";

/** @param bearer `METRICS_TOKEN`; undefined: everybody may read */
export function metricsCall(metrics: Metrics, bearer: string | undefined): Call {
  const shows = bearer === undefined ? () => true : bearerOf(bearer);
  return call({
    path: "/metrics",
    summary: "Measurements in Prometheus' text format.",
    methods: ["GET"],
    arguments: z.object({}),
    fails: ["bad_token"],
    async answer(_, { request }) {
      if (!shows(request)) return wrongBearer();
      return content(await metrics.text(), metrics.contentType);
    },
  });
}
