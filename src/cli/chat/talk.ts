import type { Connection, Message, Polyge, PolygeError, PublicProfile, Sent } from "../../client/index.ts";
import { HELP, uidOf } from "./arguments.ts";

const COMMANDS = HELP.slice(HELP.indexOf("  /to"), HELP.indexOf("\nWhere"));

/** One person at a terminal: lines in, lines out. */
export class Talk {
  readonly #server: Polyge;
  readonly #connection: Connection;
  readonly #print: (line: string) => void;
  readonly #waiting = new Set<Promise<void>>();
  /** What this user sent, by the number that it was shown under. */
  readonly #numbers = new Map<bigint, number>();
  #to: number | undefined;
  #last: Message | undefined;

  constructor(server: Polyge, connection: Connection, to: number | undefined, print: (line: string) => void) {
    this.#server = server;
    this.#connection = connection;
    this.#to = to;
    this.#print = print;
    connection.onMessage((message) => {
      this.#last = message;
      print(`user ${message.from}: ${message.text}`);
    });
    connection.on("state", (state) => print(`* ${state}`));
    connection.on("presence", ({ uid, online }) => print(`* user ${uid} is ${online ? "online" : "away"}`));
    connection.on("typing", ({ from }) => print(`* user ${from} is writing`));
    connection.on("read", ({ msgId, by }) => print(`* #${this.#numbers.get(msgId) ?? msgId} read by user ${by}`));
    connection.on("error", ({ code, message }) => print(`* ${code}: ${message}`));
  }

  /** @returns false: it is enough */
  line(text: string): boolean {
    if (!text.startsWith("/")) this.#say(text);
    else return this.#command(text.trim().split(/\s+/));
    return true;
  }

  /** Resolves when the server has answered for every message, or refused it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#waiting);
  }

  #command([command, ...words]: string[]): boolean {
    const uids = words.map(uidOf);
    const known = uids.filter((uid) => uid !== undefined);
    const right = known.length === uids.length && known.length > 0;
    if (command === "/quit") return false;
    if (command === "/help") this.#print(COMMANDS);
    else if (command === "/read" && words.length === 0) this.#read();
    else if (command === "/to" && right && known.length === 1) this.#to = known[0];
    else if (command === "/find") this.#find(words.join(" "));
    else if (command === "/who" && right) this.#watch(known);
    else if (command === "/block" && right && known.length === 1) this.#block(known[0]!, true);
    else if (command === "/unblock" && right && known.length === 1) this.#block(known[0]!, false);
    else if (command === "/away" && right) this.#connection.unwatch(...known);
    else this.#print(`* not understood: ${[command, ...words].join(" ")}; /help says more`);
    return true;
  }

  #find(name: string): void {
    const { session } = this.#connection;
    this.#ask(
      this.#server.users(session, name === "" ? {} : { name }).then(({ users, next }) => {
        for (const each of users) this.#print(`* ${described(each)}`);
        if (users.length === 0) this.#print("* nobody");
        if (next !== null) this.#print("* and more");
      }),
    );
  }

  #block(uid: number, wanted: boolean): void {
    const { session } = this.#connection;
    const done = wanted ? this.#server.block(session, uid) : this.#server.unblock(session, uid);
    this.#ask(done.then(() => this.#print(`* user ${uid} is ${wanted ? "blocked" : "not blocked"}`)));
  }

  /** Shows what goes wrong. */
  #ask(call: Promise<void>): void {
    const waiting = call
      .catch(({ code, message }: PolygeError) => this.#print(`* ${code}: ${message}`))
      .finally(() => void this.#waiting.delete(waiting));
    this.#waiting.add(waiting);
  }

  #watch(uids: number[]): void {
    const profiles = this.#server.profiles(this.#connection.session, uids);
    this.#ask(
      profiles.then((found) => {
        for (const each of found) this.#print(`* ${described(each)}`);
      }),
    );
    try {
      this.#connection.watch(...uids);
    } catch (error) {
      this.#print(`* ${(error as PolygeError).message}`);
    }
  }

  #read(): void {
    if (this.#last === undefined) this.#print("* nobody has written yet");
    else if (!this.#connection.read(this.#last)) this.#print("* not told: no polyge.v2 connection");
  }

  #say(text: string): void {
    if (text === "") return;
    if (this.#to === undefined) return this.#print("* to whom? /to UID");
    const sent = this.#connection.send(this.#to, text);
    const number = this.#numbers.size + 1;
    this.#numbers.set(sent.msgId, number);
    this.#follow(sent, number);
  }

  #follow({ written, stored, delivered }: Sent, number: number): void {
    const show = (what: string) => this.#print(`* #${number} ${what}`);
    void written.then(
      () => show("written"),
      () => {},
    );
    // Told in one: what is delivered at once was never stored.
    let arrived = false;
    delivered.then(
      () => {
        arrived = true;
        show("delivered");
      },
      () => {},
    );
    const answered = stored.then(
      () => arrived || show("stored"),
      ({ code }: PolygeError) => code !== "closed" && show(code),
    );
    const waiting = answered.then(() => void this.#waiting.delete(waiting));
    this.#waiting.add(waiting);
  }
}

const described = ({ uid, uname, user_type, online }: PublicProfile): string =>
  `user ${uid}: ${uname}, ${user_type === 2 ? "teacher" : "student"}${online ? ", online" : ""}`;
