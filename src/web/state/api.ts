/** The calls that need a token, until the SDK has them. */
import { PolygeError, type PolygeErrorCode, type Session } from "../../client/index.ts";

export interface PublicProfile {
  readonly uid: number;
  readonly uname: string;
  readonly gender: number;
  readonly user_type: number;
  readonly language: number;
  readonly country: number | null;
  readonly province: number | null;
  readonly city: number | null;
  readonly occup: string;
  readonly description: string | null;
  readonly interest: string | null;
  readonly avatar: string;
  readonly audio: string | null;
  readonly age: number | null;
  readonly online: boolean;
}
export interface OwnProfile extends Omit<PublicProfile, "age" | "online"> {
  readonly birth: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly created_at: number;
}
export interface StoredMessage {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly msg_id: string;
  readonly timestamp: number | string;
  readonly data: string;
  readonly stored_at: number;
}
export interface Conversation {
  readonly peer: number;
  readonly unread: number;
  readonly peer_read: number | null;
  readonly last: StoredMessage;
}
export interface Filter {
  readonly user_type?: number | undefined;
  readonly language?: number | undefined;
  readonly country?: number | undefined;
  readonly name?: string | undefined;
}
export interface Users {
  readonly users: readonly PublicProfile[];
  readonly next: string | null;
}

type Arguments = Record<string, string | number | undefined>;

/** Makes a call with the login as it stands. */
export type AsUser = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

export class Api {
  readonly #asUser: AsUser;

  constructor(asUser: AsUser) {
    this.#asUser = asUser;
  }

  ownProfile = () => this.#post<OwnProfile>("/profile", {});
  profile = (uid: number) => this.#post<PublicProfile>("/profile", { uid });
  profiles = (uids: readonly number[]) => this.#post<PublicProfile[]>("/profiles", { uids: uids.join(",") });
  updateProfile = (changes: Arguments) => this.#post<OwnProfile>("/update_profile", changes);
  changePassword = (pwd: string, new_pwd: string) => this.#post<"">("/change_password", { pwd, new_pwd });
  users = (filter: Filter, cursor?: string) => this.#post<Users>("/users", { ...filter, cursor });
  block = (uid: number) => this.#post<"">("/block", { uid });
  unblock = (uid: number) => this.#post<"">("/unblock", { uid });
  blocked = (cursor?: string) => this.#post<Users>("/blocked", { cursor });
  deleteAccount = (pwd: string) => this.#post<"">("/delete_account", { pwd });
  conversations = (cursor?: number) =>
    this.#post<{ conversations: Conversation[]; next: number | null }>("/conversations", { cursor, limit: 50 });
  history = (peer: number, range: { before?: number; after?: number; limit: number }) =>
    this.#post<{ messages: StoredMessage[]; next: number | null }>("/history", { peer, ...range });
  markRead = (peer: number) => this.#post<"">("/mark_read", { peer });

  #post<T>(path: string, args: Arguments): Promise<T> {
    return this.#asUser(({ token }) => post<T>(path, token, args));
  }
}

async function post<T>(path: string, token: string, args: Arguments): Promise<T> {
  const form = new URLSearchParams({ token });
  for (const [name, value] of Object.entries(args)) if (value !== undefined) form.set(name, String(value));
  let answer: { success: boolean; msg: string; rs: T; code: PolygeErrorCode };
  try {
    answer = await (await fetch(path, { method: "POST", body: form })).json();
  } catch (cause) {
    throw new PolygeError("network", `${path}: no answer`, { cause });
  }
  if (answer.success) return answer.rs;
  throw new PolygeError(answer.code, `${path}: ${answer.msg}`);
}
