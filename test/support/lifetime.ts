/** Preloaded by `bun test`: ends what the tests share when the last one is over. */
import { afterAll, setDefaultTimeout } from "bun:test";
import { stopAll } from "./services.ts";

/** The first start of PGlite takes seconds, on a busy machine many. */
setDefaultTimeout(60_000);
afterAll(stopAll, 60_000);
