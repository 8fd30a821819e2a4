/** What each argument may be. The same schemas check requests and describe them in `/openapi.json`. */
import { z } from "zod";
import { disguise } from "../accounts/disguises.ts";
import { displayName, UNAME_CHARACTERS } from "../accounts/names.ts";
import { TOKEN_DIGITS } from "../accounts/secrets.ts";

const INT_MAX = 2 ** 31 - 1;
/** Served by this server: see avatar.ts. */
export const DEFAULT_AVATAR = "/resources/avatar.svg";

/** Every value arrives as a string, so anything else means that it did not arrive. */
const given = () => z.string("is required");
const characters = (text: string) => [...text].length;

/** Controls, line separators and the invisible characters by which one name can be made to look like another. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what it looks for
const CONTROL = /[\u0000-\u001F\u007F-\u009F]/;
/** The same without tab and line ends, for text of several lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what it looks for
const CONTROL_BUT_LINES = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/;

/** Digits only: no sign, blank, point or exponent. */
export const whole = (min: number, max: number, description: string) =>
  given()
    .regex(/^\d{1,16}$/, "must be a whole number, digits only")
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be from ${min} to ${max}`)
    .meta({ type: "integer", minimum: min, maximum: max, description });

const choice = (one: string, two: string) =>
  given()
    .regex(/^[12]$/, `must be 1 (${one}) or 2 (${two})`)
    .transform(Number)
    .meta({ type: "integer", enum: [1, 2], description: `1: ${one}, 2: ${two}` });

const text = (max: number, description: string, forbidden = CONTROL) =>
  given()
    .refine((value) => !forbidden.test(value), "must not hold control characters")
    .trim()
    .refine((value) => value !== "", "must not be empty")
    .refine((value) => characters(value) <= max, `must have at most ${max} characters`)
    .meta({ minLength: 1, maxLength: max, description });

/** True where somebody may have this name. */
const isName = (name: string) => {
  const shown = displayName(name);
  return shown !== "" && characters(shown) <= UNAME_CHARACTERS && !UNSEEN.test(shown) && !UNSEEN.test(name);
};

const UNAME_RULES = `1 to ${UNAME_CHARACTERS} characters after NFKC and trimming; unique without regard to case`;
export const uname = given()
  .refine(isName, `must have 1 to ${UNAME_CHARACTERS} characters, none of them a control character`)
  .meta({ description: UNAME_RULES });

/** A name to register: besides, one that does not look like another by a trick. */
const newName = uname
  .superRefine((name, context) => {
    const wrong = isName(name) ? disguise(displayName(name)) : undefined;
    if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong });
  })
  .meta({ description: `${UNAME_RULES}; no invisible characters, no word of two alphabets` });

/** True where a name could be registered if it is free. */
export const isNewName = (name: string) => newName.safeParse(name).success;

/** A name that is only asked about: a malformed one gets `false` for an answer. */
export const anyName = given().meta({ description: "The name." });

const password = (min: number) =>
  given()
    .refine((value) => !CONTROL.test(value), "must not hold control characters")
    .refine(
      (value) => Buffer.byteLength(value) >= min && Buffer.byteLength(value) <= 128,
      min > 1 ? `must have ${min} to 128 bytes` : "must not be empty, nor have more than 128 bytes",
    );
export const newPassword = password(6).meta({ format: "password", description: "6 to 128 bytes of UTF-8" });
/** At login a password that is too short is simply wrong. */
export const anyPassword = password(1).meta({ format: "password", description: "The password." });

export const uid = whole(1, Number.MAX_SAFE_INTEGER, "The user's number, 1 to 2^53-1");
export const clientId = whole(0, INT_MAX, "The kind of client; 123 for now").optional();
export const DEFAULT_CLIENT_ID = 123;
export const token = given()
  .regex(new RegExp(`^\\d{${TOKEN_DIGITS}}$`), `must have ${TOKEN_DIGITS} decimal digits`)
  .meta({ description: `${TOKEN_DIGITS} decimal digits, as given by /login or /refresh_token` });
export const ticket = given()
  .regex(/^[A-Za-z0-9_-]{22}$/, "must be a ticket as given by /register")
  .meta({ description: "From the redirect of /register: lives 60 s, works once" });

/** The earliest day that it is somewhere: UTC+14 is the zone furthest ahead. */
const AHEAD_MS = 14 * 3600 * 1000;

function isPastDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value) || value < "0001") return false;
  const at = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value) && at <= Date.now() + AHEAD_MS;
}

const birth = given()
  .refine(isPastDay, "must be a real date yyyy-MM-dd, not in the future")
  .meta({ format: "date", description: "yyyy-MM-dd, not in the future" });

const phone = given()
  .trim()
  .regex(/^\+?[0-9][0-9 ()./-]{2,30}$/, "must be a phone number of 3 to 32 digits, with + ( ) . / - or spaces")
  .meta({ maxLength: 32, description: "A phone number" });

const email = given()
  .trim()
  .refine((value) => value.length <= 254 && /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}.]+(?:\.[^\s@\p{Cc}.]+)*$/u.test(value), {
    error: "must be an e-mail address of at most 254 characters",
  })
  .meta({ maxLength: 254, description: "An e-mail address" });

/** An http(s) URL or a path; nothing that a page could run (`javascript:`, quotes) or that names another host in disguise. */
function isLocation(value: string): boolean {
  if (characters(value) > 255 || value === "" || /[\s\p{Cc}"'<>\\^`{|}]/u.test(value) || value.startsWith("//"))
    return false;
  if (!/^[a-z][a-z0-9+.-]*:/i.test(value)) return true;
  const parsed = URL.parse(value);
  return parsed !== null && /^https?:\/\//i.test(value) && /^https?:$/.test(parsed.protocol);
}

const location = (description: string) =>
  given()
    .trim()
    .refine(isLocation, "must be an http(s) URL or a path of at most 255 characters")
    .meta({ maxLength: 255, description });

const catalogue = (description: string) => whole(0, INT_MAX, `${description}: a number of the client's catalogue`);

export const gender = choice("male", "female");
export const userType = choice("student", "teacher");
export const language = catalogue("Mother tongue");
export const country = catalogue("Country");
const occup = text(50, "Occupation");
const avatar = location(`Picture; ${DEFAULT_AVATAR} where there is none`);
/** What a profile may leave out. */
const leftOut = {
  phone,
  email,
  audio: location("Recording"),
  birth,
  country,
  province: catalogue("Province"),
  city: catalogue("City"),
  description: text(500, "About oneself", CONTROL_BUT_LINES),
  interest: text(200, "Interests", CONTROL_BUT_LINES),
};

/** The 16 arguments of the user's document. */
export const registration = z.object({
  uname: newName,
  pwd: newPassword,
  gender,
  language,
  occup,
  user_type: userType,
  avatar: avatar.optional(),
  ...z.object(leftOut).partial().shape,
});

/** Given empty, it is taken out of the profile: null. */
function orTakenOut<T extends z.ZodType>(schema: T) {
  const { description, ...rest } = schema.meta() ?? {};
  return given()
    .transform((value, context): z.output<T> | null => {
      if (value === "") return null;
      const result = schema.safeParse(value);
      if (result.success) return result.data;
      for (const { message } of result.error.issues) context.issues.push({ code: "custom", message, input: value });
      return z.NEVER;
    })
    .meta({ ...rest, description: `${description}; empty: taken out` })
    .optional();
}

/** What a user may change of the profile. */
export const profileChanges = z.object({
  gender: gender.optional(),
  user_type: userType.optional(),
  language: language.optional(),
  occup: occup.optional(),
  avatar: orTakenOut(avatar),
  country: orTakenOut(leftOut.country),
  province: orTakenOut(leftOut.province),
  city: orTakenOut(leftOut.city),
  birth: orTakenOut(leftOut.birth),
  email: orTakenOut(leftOut.email),
  phone: orTakenOut(leftOut.phone),
  description: orTakenOut(leftOut.description),
  interest: orTakenOut(leftOut.interest),
  audio: orTakenOut(leftOut.audio),
});

/** Users in one question at most. */
const MOST_UIDS = 100;

export const uids = given()
  .regex(/^\d{1,16}(?:,\d{1,16})*$/, "must be uids with commas between")
  .transform((list) => [...new Set(list.split(",").map(Number))])
  .refine((list) => list.length <= MOST_UIDS, `must be at most ${MOST_UIDS} uids`)
  .refine((list) => list.every((each) => each >= 1 && each <= Number.MAX_SAFE_INTEGER), "must be uids from 1 to 2^53-1")
  .meta({ description: `At most ${MOST_UIDS} users' numbers, with commas between` });

export const namePart = text(UNAME_CHARACTERS, "Part of the name, without regard to case");

export const DEFAULT_LIMIT = 20;
export const limit = whole(1, 100, `How many at most; ${DEFAULT_LIMIT}`).optional();

/**
 * Where a page ended, as whole numbers: opaque, so that what it holds may change.
 * @param count of numbers
 */
export const cursor = (count: number) =>
  given()
    .transform((text, context): number[] => {
      const numbers = Buffer.from(text, "base64url").toString("latin1").split(".").map(Number);
      if (numbers.length === count && numbers.every((each) => Number.isSafeInteger(each) && each >= 0)) return numbers;
      context.issues.push({ code: "custom", message: "must be the next of an answer of this call", input: text });
      return z.NEVER;
    })
    .meta({ description: "next of the page before; without it the first page" })
    .optional();
export const cursorOf = (...numbers: number[]): string => Buffer.from(numbers.join(".")).toString("base64url");
