/** How figures are written in the reports. */

export const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** Three digits or more; a dash where there is nothing. */
export function ms(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 100) return whole(value);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export const percent = (cores: number): string => `${Math.round(cores * 100)} %`;

export const mebibytes = (bytes: number): string => `${whole(bytes / 2 ** 20)} MiB`;
