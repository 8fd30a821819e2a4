/**
 * How the processes of the suite are compiled. WebAssembly's last tier, which PGlite gets in a server, works longer on it than
 * most of them live. `bun run test:faults` and every other full-size command have it.
 */
export const ENGINE = { BUN_JSC_useOMGJIT: "0" };

/** Nothing of this process's environment but the PATH. */
export const BARE_ENVIRONMENT = { PATH: process.env["PATH"] ?? "", ...ENGINE };
