/** What the arguments of administrators may be. */
import { z } from "zod";
import { failure } from "../reply.ts";

/** Rows of one answer. */
const MOST_ROWS = 1000;
const USUAL_ROWS = 100;

export const number = z
  .string()
  .regex(/^\d{1,15}$/, "must be a whole number, digits only")
  .transform(Number);
export const user = z
  .string("is required")
  .trim()
  .refine((text) => text !== "" && [...text].length <= 64, "must be a uid or a name");
export const flag = z
  .enum(["true", "false"], "must be true or false")
  .optional()
  .transform((text) => text === "true");
export const limit = number
  .refine((n) => n >= 1 && n <= MOST_ROWS, `must be from 1 to ${MOST_ROWS}`)
  .optional()
  .transform((n) => n ?? USUAL_ROWS);

export const noSuchUser = (): Response => failure("not_found", "no such user");
