/** What the arguments of administrators may be. */
import { z } from "zod";
import { failure } from "../reply.ts";
import { uid } from "../schemas.ts";

/** Rows of one answer. */
const MOST_ROWS = 1000;
const USUAL_ROWS = 100;

export const number = uid;
export const user = z
  .string("is required")
  .trim()
  .refine((text) => text !== "" && [...text].length <= 64, "must be a uid or a name");
export const flag = z
  .enum(["true", "false"], "must be true or false")
  .optional()
  .transform((text) => text === "true");
export const limit = number
  .refine((n) => n <= MOST_ROWS, `must be at most ${MOST_ROWS}`)
  .optional()
  .transform((n) => n ?? USUAL_ROWS);

export const noSuchUser = (): Response => failure("not_found", "no such user");
