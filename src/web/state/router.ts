/** Which screen is shown: the part of the URL behind `#`, so the server has one page and reloading shows the same. */
import { type ReadonlySignal, signal } from "@preact/signals";

const SCREENS = [
  "talks",
  "talk",
  "find",
  "user",
  "me",
  "edit",
  "password",
  "blocked",
  "delete",
  "login",
  "register",
] as const;
export type Screen = (typeof SCREENS)[number];

export interface Route {
  readonly screen: Screen;
  /** Whose talk or profile it is. */
  readonly uid?: number;
}

export class Router {
  readonly #route = signal<Route>(routeOf(location.hash));
  /** False as long as the screen is the one with which the page was loaded. */
  moved = false;

  constructor() {
    addEventListener("hashchange", () => {
      this.moved = true;
      this.#route.value = routeOf(location.hash);
    });
  }

  get route(): ReadonlySignal<Route> {
    return this.#route;
  }

  /** @param replace leaves no step to come back to */
  go(screen: Screen, uid?: number, replace = false): void {
    const target = hrefOf(screen, uid);
    if (replace) location.replace(target);
    else location.hash = target;
  }
}

export const hrefOf = (screen: Screen, uid?: number): string => `#/${screen}${uid === undefined ? "" : `/${uid}`}`;

function routeOf(hash: string): Route {
  const [name, id] = hash.replace(/^#\/?/, "").split("/");
  const screen = SCREENS.find((each) => each === name) ?? "talks";
  const needsUser = screen === "talk" || screen === "user";
  if (!needsUser) return { screen };
  const uid = Number(id);
  return Number.isSafeInteger(uid) && uid > 0 ? { screen, uid } : { screen: "talks" };
}
