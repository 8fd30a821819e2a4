/** A user who looks back, by the calls. */
import type { Answer } from "./client.ts";
import type { Login } from "./peer.ts";
import type { Stage } from "./stage.ts";

export interface Shown {
  id: number;
  from: number;
  to: number;
  msg_id: string;
  timestamp: number | string;
  data: string;
  stored_at: number;
}

export const textOf = ({ data }: Shown) => Buffer.from(data, "base64").toString();

export class Reader {
  constructor(
    readonly stage: Stage,
    readonly login: Login,
  ) {}

  async ask(path: string, args: Record<string, string | number | undefined> = {}): Promise<Answer> {
    return (await this.stage.client()).form(path, { token: this.login.token, ...args });
  }

  async conversations(args: Record<string, number> = {}) {
    const { body } = await this.ask("/conversations", args);
    return body.rs as {
      conversations: { peer: number; unread: number; peer_read: number | null; last: Shown }[];
      next: number | null;
    };
  }

  async history(peer: number, args: Record<string, number> = {}) {
    const { body } = await this.ask("/history", { peer, ...args });
    return body.rs as { messages: Shown[]; next: number | null };
  }

  /** Asks until so many messages are kept: they are written behind. Newest first. */
  async kept(peer: number, count: number): Promise<Shown[]> {
    for (;;) {
      const { messages } = await this.history(peer, { limit: 200 });
      if (messages.length >= count) return messages;
    }
  }

  /** Asks until the conversation with this peer is as it should be. */
  async sees(peer: number, wanted: { unread?: number; peer_read?: number | null }): Promise<void> {
    for (;;) {
      const found = (await this.conversations()).conversations.find((each) => each.peer === peer);
      if (found && Object.entries(wanted).every(([name, value]) => found[name as "unread"] === value)) return;
    }
  }
}
