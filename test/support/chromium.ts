/** Debian's Chromium, driven by playwright-core. */
import { type Browser, chromium } from "playwright-core";
import { withoutPrograms } from "./needs.ts";

const PROGRAM = "chromium";
export const NO_CHROMIUM = withoutPrograms(PROGRAM);

/** Headless, and quiet on the network. */
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @param more arguments */
export const launch = (...more: string[]): Promise<Browser> =>
  chromium.launch({ executablePath: Bun.which(PROGRAM)!, args: [...ARGUMENTS, ...more] });
