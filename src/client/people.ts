/** Users as the calls tell of them, in the names of the HTTP interface. Times are in ms since 1970. */

/** What everybody says of themselves; what each number means is in the server's catalogues. */
interface Profile {
  readonly uid: number;
  readonly uname: string;
  /** 1: male, 2: female. */
  readonly gender: 1 | 2;
  /** 1: student, 2: teacher. */
  readonly user_type: 1 | 2;
  /** Mother tongue. */
  readonly language: number;
  readonly country: number | null;
  readonly province: number | null;
  readonly city: number | null;
  readonly occup: string;
  readonly description: string | null;
  readonly interest: string | null;
  /** http(s) URL, or a path of the server. */
  readonly avatar: string;
  readonly audio: string | null;
}

/** One's own. */
export interface OwnProfile extends Profile {
  /** yyyy-MM-dd */
  readonly birth: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly created_at: number;
}

/** Another user's. */
export interface PublicProfile extends Profile {
  /** Whole years. */
  readonly age: number | null;
  readonly online: boolean;
  /** Null where online, never seen, or not to be known. */
  readonly last_seen: number | null;
}

/** What is given changes; null takes it out of the profile. */
export interface ProfileChanges {
  gender?: 1 | 2;
  user_type?: 1 | 2;
  language?: number;
  occup?: string;
  /** null: the server's default picture. */
  avatar?: string | null;
  audio?: string | null;
  /** yyyy-MM-dd */
  birth?: string | null;
  country?: number | null;
  province?: number | null;
  city?: number | null;
  email?: string | null;
  phone?: string | null;
  description?: string | null;
  interest?: string | null;
}

export interface PageOf {
  /** `next` of the page before. */
  cursor?: string;
  /** At most so many, 1 to 100; 20 if not given. */
  limit?: number;
}

/** What users must have in common. */
export interface UserFilter extends PageOf {
  user_type?: 1 | 2;
  language?: number;
  country?: number;
  /** Part of the name, without regard to case. */
  name?: string;
}

export interface UserPage {
  readonly users: readonly PublicProfile[];
  /** Pass it as `cursor` for what follows; null: that is all. */
  readonly next: string | null;
}
