/** Numbers as an operator reads them: three digits and a unit; and the round ones that an axis may end at. */

export interface Amount {
  say(value: number): string;
  /** The least round number that is not less. @param value above 0 */
  roundUp(value: number): number;
}

const KIBI = 1024;

const short = (value: number): string =>
  value >= 100 || Number.isInteger(value)
    ? Math.round(value).toLocaleString("en")
    : value.toPrecision(value < 1 ? 2 : 3);

/** 1, 2 or 5 times a power of ten. */
function roundDecimal(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((each) => each * power >= value) ?? 10) * power;
}

/** The same, of the unit that the value is said in. */
function roundBinary(value: number): number {
  const unit = KIBI ** Math.max(0, Math.floor(Math.log2(value) / 10));
  return Math.min(roundDecimal(value / unit), KIBI) * unit;
}

function sayBytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(3, Math.floor(Math.log2(value) / 10));
  return `${short(value / KIBI ** power)} ${["B", "KiB", "MiB", "GiB"][power]}`;
}

function saySeconds(value: number): string {
  if (value >= 1) return `${short(value)} s`;
  return value >= 0.001 ? `${short(value * 1000)} ms` : `${Math.round(value * 1e6)} µs`;
}

const sayCount = (value: number): string =>
  value >= 1e6 ? `${short(value / 1e6)} M` : value >= 1e5 ? `${short(value / 1e3)} k` : short(value);

export const count: Amount = { say: sayCount, roundUp: roundDecimal };
export const bytes: Amount = { say: sayBytes, roundUp: roundBinary };
export const bytesPerSecond: Amount = { say: (value) => `${sayBytes(value)}/s`, roundUp: roundBinary };
export const cores: Amount = { say: (value) => value.toFixed(2), roundUp: roundDecimal };
export const seconds: Amount = { say: saySeconds, roundUp: roundDecimal };
