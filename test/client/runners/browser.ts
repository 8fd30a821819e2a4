/** Gives the page a function that runs one scenario. */
import { runScenario } from "../scenarios/all.ts";

Object.assign(globalThis, { runScenario });
