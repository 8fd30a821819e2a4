/** Preloaded by `bun test`: ends what the tests share when the last one is over. */
import { afterAll } from "bun:test";
import { stopAll } from "./services.ts";

afterAll(stopAll, 60_000);
