import type { Result } from "../result.ts";
export const htmlOf = (result: Result): string => JSON.stringify(result);
