/**
 * Microseconds since 1970, the same in every process of a machine: what one process stamps, another subtracts from.
 * `process.hrtime` does not do here, since Bun counts it from the start of the process.
 */
export const nowMicroseconds = (): number => (performance.timeOrigin + performance.now()) * 1000;
