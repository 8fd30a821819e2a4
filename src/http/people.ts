/** How profiles are told: the names of the user's document, times in ms since 1970. */
import { z } from "zod";
import type { OwnProfile, PublicProfile } from "../store/profiles.ts";

const told = {
  uid: z.int(),
  uname: z.string(),
  gender: z.int(),
  user_type: z.int(),
  language: z.int(),
  country: z.int().nullable(),
  province: z.int().nullable(),
  city: z.int().nullable(),
  occup: z.string(),
  description: z.string().nullable(),
  interest: z.string().nullable(),
  avatar: z.string(),
  audio: z.string().nullable(),
};

export const ownProfile = z.object({
  ...told,
  birth: z.string().nullable(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  created_at: z.int().meta({ description: "ms since 1970" }),
});

export const publicProfile = z.object({
  ...told,
  age: z.int().nullable(),
  online: z.boolean(),
  last_seen: z.number().nullable().meta({ description: "ms since 1970; null where online or never seen" }),
});

export function tellOwn({ userType, createdAtMs, ...rest }: OwnProfile): z.infer<typeof ownProfile> {
  return { ...rest, user_type: userType, created_at: createdAtMs };
}

export function tellPublic({ userType, lastSeenMs, ...rest }: PublicProfile): z.infer<typeof publicProfile> {
  return { ...rest, user_type: userType, last_seen: lastSeenMs };
}
