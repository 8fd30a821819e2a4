/** How the parts of the page are joined. */
import { effect, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { Polyge, PolygeError, type Session } from "../client/index.ts";
import { Account } from "./state/account.ts";
import { Alerts } from "./state/alerts.ts";
import { type Catalogue, Catalogues } from "./state/catalogue.ts";
import type { Entry } from "./state/entry.ts";
import { Logins } from "./state/logins.ts";
import { Notices } from "./state/notices.ts";
import { nameOfPerson } from "./state/people.ts";
import { Router } from "./state/router.ts";
import { Saved } from "./state/saved.ts";
import { Theme } from "./state/theme.ts";
import { Tongue } from "./state/tongue.ts";
import type { Words } from "./words/english.ts";

export class App {
  readonly saved = new Saved(() => localStorage);
  readonly server = new Polyge(location.origin);
  readonly router = new Router();
  readonly tongue = new Tongue(this.saved, navigator.languages);
  readonly theme = new Theme(this.saved);
  readonly notices = new Notices();
  readonly catalogues = new Catalogues();
  readonly logins = new Logins(this.saved);
  readonly alerts = new Alerts(this.saved);
  /** Of the screen, before what is unread is put in front. */
  readonly title = signal("Polyge");
  /** Who is logged in; undefined: nobody. */
  readonly account = signal<Account | undefined>(undefined);

  constructor() {
    effect(() => {
      const unread = this.account.value?.talks.unread.value ?? 0;
      document.title = `${unread > 0 ? `(${unread}) ` : ""}${this.title.value} · Polyge`;
    });
    const kept = this.logins.kept;
    if (kept) this.enter(kept);
    // Another page of this browser logged in or out.
    this.logins.onChange((session) => {
      const { account } = this;
      if (session?.uid === account.value?.uid) {
        if (session) account.value?.adopt(session);
        return;
      }
      account.value?.close();
      account.value = undefined;
      if (session) this.enter(session);
    });
  }

  get words(): Words {
    return this.tongue.words.value;
  }

  /** In the language of the page; empty until it has come. */
  get catalogue(): Catalogue {
    return this.catalogues.of(this.tongue.name.value).value;
  }

  enter(session: Session): void {
    this.logins.keep(session);
    this.account.value = new Account(this.server, this.saved, this.logins, session, {
      ended: (error) => this.#ended(error),
      came: (entry) => this.#came(entry),
    });
    const { screen } = this.router.route.value;
    if (screen === "login" || screen === "register") this.router.go("talks", undefined, true);
  }

  /** @param said what the login screen then tells */
  leave(said?: string): void {
    this.account.value?.close();
    this.account.value = undefined;
    this.logins.forget();
    this.router.go("login", undefined, true);
    if (said) this.notices.good(said);
  }

  /** What a person is told of an error. */
  describe(error: unknown): string {
    const { words } = this;
    if (!(error instanceof PolygeError)) return words.errorOther("internal");
    return words.errors[error.code] ?? words.errorOther(error.code);
  }

  #came({ from, text }: Entry): void {
    const account = this.account.value;
    if (!account || (account.talks.looking.value === from && document.hasFocus())) return;
    // Not before the name is known.
    const stop = effect(() => {
      const person = account.people.of(from).value;
      if (person === undefined) return;
      this.alerts.show(from, nameOfPerson(person, from), text, () => this.router.go("talk", from));
      queueMicrotask(() => stop());
    });
  }

  #ended(error: PolygeError): void {
    if (error.code === "replaced" || error.code === "rule_broken") return this.notices.bad(this.words.replaced);
    this.leave();
    this.notices.bad(this.words.sessionOver);
  }
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("outside of the app");
  return app;
}

/** Where somebody is logged in. */
export function useAccount(): Account {
  const account = useApp().account.value;
  if (!account) throw new Error("nobody is logged in");
  return account;
}
