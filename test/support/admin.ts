/** An administrator's calls. */
import type { Answer, Client } from "./client.ts";
import { ADMIN_TOKEN } from "./services.ts";

type Arguments = Record<string, string | number>;

export const SHOWN = { Authorization: `Bearer ${ADMIN_TOKEN}` };

export const look = (client: Client, path: string, args: Arguments = {}): Promise<Answer> =>
  client.get(`/admin/${path}`, args, { headers: SHOWN });

export const act = (client: Client, path: string, args: Arguments): Promise<Answer> =>
  client.json(`/admin/${path}`, { as: "tess", ...args }, { headers: { ...SHOWN, "Content-Type": "application/json" } });

/** What was written down about a user, oldest first, as act and outcome. */
export async function written(client: Client, subject: number): Promise<string[]> {
  const { body } = await look(client, "audit", { subject });
  return body.rs.map((row: { act: string; outcome: string }) => `${row.act} ${row.outcome}`).reverse();
}
