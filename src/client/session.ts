import type { Calls } from "./calls.ts";
import { PolygeError } from "./errors.ts";

/** A login. Plain data: keep it as JSON. One client at a time, since a refresh ends the token for every other holder. */
export interface Session {
  readonly uid: number;
  readonly uname: string;
  /** 1: male, 2: female. */
  readonly gender: number;
  /** 1: student, 2: teacher. */
  readonly userType: number;
  /** 32 decimal digits: whoever has them is this user. */
  readonly token: string;
  /** When the token was given, in ms since 1970 by this machine's clock. */
  readonly issuedMs: number;
}

/** What `/register` takes; what each may be is in the server's `/docs`. */
export interface Registration {
  /** 1 to 30 characters. */
  uname: string;
  /** 6 to 128 bytes of UTF-8. */
  pwd: string;
  /** 1: male, 2: female. */
  gender: 1 | 2;
  /** Mother tongue, a number of the catalogue. */
  language: number;
  /** Occupation, 1 to 50 characters. */
  occup: string;
  /** 1: student, 2: teacher. */
  user_type: 1 | 2;
  phone?: string;
  email?: string;
  avatar?: string;
  audio?: string;
  /** yyyy-MM-dd. */
  birth?: string;
  country?: number;
  province?: number;
  city?: number;
  description?: string;
  interest?: string;
}

/** Makes an account and follows the redirect that logs in. @throws PolygeError `uname_taken`, `bad_argument`, … */
export const register = async (calls: Calls, person: Registration): Promise<Session> =>
  sessionOf(await calls.post("/register", { ...person }));

/** @throws PolygeError `user_not_found`, `password_error`, `too_many`, … */
export const login = async (calls: Calls, uname: string, pwd: string): Promise<Session> =>
  sessionOf(await calls.post("/login", { uname, pwd }));

/** A new token for the old one, which is dead from then on. @throws PolygeError `bad_token`, … */
export async function refresh(calls: Calls, session: Session): Promise<Session> {
  const token = await calls.post("/refresh_token", { uid: session.uid, token: session.token });
  if (typeof token !== "string") throw new PolygeError("bad_answer", "no token in the answer");
  return { ...session, token, issuedMs: Date.now() };
}

function sessionOf(rs: unknown): Session {
  const { uid, uname, gender, user_type, token } = (rs ?? {}) as Omit<Session, "userType"> & { user_type: number };
  if (!Number.isSafeInteger(uid) || typeof token !== "string") {
    throw new PolygeError("bad_answer", "no login in the answer");
  }
  return { uid, uname, gender, userType: user_type, token, issuedMs: Date.now() };
}
