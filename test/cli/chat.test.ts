import { expect, test } from "bun:test";
import { join } from "node:path";
import { startServer } from "../client/places.ts";
import { unique } from "../support/client.ts";
import { allowForStarts } from "../support/services.ts";

allowForStarts();
const MAIN = join(import.meta.dir, "../../src/cli/chat/main.ts");
const PASSWORD = "correct horse";

/** The program with a pipe for a terminal. */
class Chat implements AsyncDisposable {
  readonly #child;
  readonly #reading: Promise<void>;
  #out = "";
  #wake = () => {};

  constructor(args: string[], password: string | undefined = PASSWORD) {
    this.#child = Bun.spawn([process.execPath, MAIN, ...args], {
      env: { PATH: process.env["PATH"] ?? "", ...(password === undefined ? {} : { CHAT_PASSWORD: password }) },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for await (const chunk of this.#child.stdout) {
      this.#out += Buffer.from(chunk).toString();
      this.#wake();
    }
    this.#wake();
  }

  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
    void this.#child.stdin.flush();
  }

  /** Waits for a line of the output. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#out);
      if (found) return found;
      const more = new Promise<boolean>((resolve) => {
        this.#wake = () => resolve(true);
      });
      const ended = this.#reading.then(() => false);
      if (!(await Promise.race([more, ended])) && !pattern.test(this.#out))
        throw new Error(`no ${pattern} in:\n${this.#out}`);
    }
  }

  async uid(): Promise<string> {
    return (await this.shows(/is user (\d+); connected/))[1]!;
  }

  /** Ends the input. @returns exit code and stderr */
  async end(): Promise<[number, string]> {
    await this.#child.stdin.end();
    const error = await this.#child.stderr.text();
    return [await this.#child.exited, error];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }
}

const newcomer = async (...more: string[]) =>
  new Chat([unique(), "--register", "--url", (await startServer()).url, ...more]);

test("chat: two people talk, and see what becomes of their messages and of each other", async () => {
  await using ana = await newcomer("--teacher");
  await using ben = await newcomer();
  const [anaUid, benUid] = [await ana.uid(), await ben.uid()];
  ben.type(`/who ${anaUid}`);
  await ben.shows(new RegExp(`user ${anaUid} is online`));
  ben.type(`/to ${anaUid}`);
  ben.type("你好, Ana");
  await ana.shows(new RegExp(`user ${benUid}: 你好, Ana`));
  await ben.shows(/#1 delivered/);
  ana.type("/read");
  await ben.shows(new RegExp(`#1 read by user ${anaUid}`));
  expect(await ana.end()).toEqual([0, ""]);
  await ben.shows(new RegExp(`user ${anaUid} is away`));
  ben.type("/quit");
  expect(await ben.end()).toEqual([0, ""]);
});

test("chat: somebody is found by a part of the name, and blocked", async () => {
  await using ana = await newcomer("--teacher");
  await using ben = await newcomer();
  const [anaUid, benUid] = [await ana.uid(), await ben.uid()];
  const name = (await ana.shows(/^\* (\S+) is user/m))[1]!;
  ben.type(`/find ${name.slice(2).toUpperCase()}`);
  await ben.shows(new RegExp(`\\* user ${anaUid}: ${name}, teacher`));
  ben.type("/find nobody has such a name");
  await ben.shows(/\* nobody$/m);
  ana.type(`/who ${benUid}`);
  await ana.shows(new RegExp(`\\* user ${benUid}: \\S+, student`));
  ana.type(`/block ${benUid}`);
  await ana.shows(new RegExp(`user ${benUid} is blocked`));
  ben.type(`/to ${anaUid}`);
  ben.type("unheard");
  await ben.shows(/#1 unknown_user/);
  ana.type(`/unblock ${benUid}`);
  await ana.shows(new RegExp(`user ${benUid} is not blocked`));
  ana.type("/block 4503599627370497");
  await ana.shows(/not_found: /);
});

test("chat: what is piped in is sent before it leaves", async () => {
  const url = (await startServer()).url;
  const name = unique();
  await using ana = new Chat([name, "--register", "--url", url]);
  const uid = await ana.uid();
  await ana.end();
  await using ben = await newcomer("--to", uid);
  ben.type("one");
  ben.type("two");
  expect(await ben.end()).toEqual([0, ""]);
  await ben.shows(/#2 stored/);
  await using again = new Chat([name, "--url", url], undefined);
  again.type(PASSWORD);
  await again.shows(/: one\n(.*\n)*.*: two\n/);
});

test("chat --hex shows frames by field, and text messages", async () => {
  await using ana = await newcomer("--hex");
  const uid = await ana.uid();
  await ana.shows(/^< \{"type":"hello"/m);
  ana.type(`/to ${uid}`);
  ana.type("hi");
  const hex = Number(uid).toString(16).padStart(16, "0");
  await ana.shows(
    new RegExp(`^> uid ${hex} \\| target ${hex} \\| id \\w{16} \\| time \\w{16} \\| data 6869 \\| crc \\w{8}$`, "m"),
  );
  await ana.shows(new RegExp(`^< uid ${hex}`, "m"));
});

test("chat --plain says that it is plain", async () => {
  await using ana = await newcomer("--plain");
  await ana.shows(/connected \(plain\)/);
});

test.each([
  [[], "chat: give one NAME; --help says more\n"],
  [["ana", "ben"], "chat: give one NAME; --help says more\n"],
  [["ana", "--to", "0"], "chat: --to: no uid: 0\n"],
  [["ana", "--url", "localhost"], "chat: --url: no http or https URL: localhost\n"],
  [["ana", "--nope"], "chat: Unknown option '--nope'; see --help\n"],
])("chat %p: one line and exit code 2", async (args, line) => {
  await using chat = new Chat(args);
  expect(await chat.end()).toEqual([2, line]);
});

test("chat: what the server refuses is one line and exit code 1", async () => {
  await using chat = new Chat([unique(), "--url", (await startServer()).url]);
  const [code, line] = await chat.end();
  expect([code, line]).toEqual([1, expect.stringMatching(/^user_not_found: .*\n$/)]);
});

test("chat --help", async () => {
  await using chat = new Chat(["--help"]);
  await chat.shows(/bun run chat NAME/);
  expect(await chat.end()).toEqual([0, ""]);
});
