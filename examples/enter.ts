/** Logs in at the server of the tutorial; registers whoever is not there yet. */
import { Polyge, PolygeError, type Session } from "../src/client/index.ts";

const PASSWORD = "correct-horse";

export const server = new Polyge(process.env["POLYGE_URL"] ?? "http://localhost:8080");

export async function enter(uname: string): Promise<Session> {
  try {
    return await server.login(uname, PASSWORD);
  } catch (error) {
    if (!(error instanceof PolygeError) || error.code !== "user_not_found") throw error;
    return server.register({ uname, pwd: PASSWORD, gender: 2, language: 1, occup: "teacher", user_type: 2 });
  }
}
