/** What somebody sees who is not logged in: what this is, and the two ways in. */
import type { ComponentChildren } from "preact";
import { useApp } from "../app.ts";
import { ThemeToggle, TongueToggle } from "./toggles.tsx";

const HELLOS = [
  "你好",
  "Hello",
  "Hola",
  "こんにちは",
  "Bonjour",
  "안녕하세요",
  "Olá",
  "Привет",
  "مرحبا",
  "Hallo",
  "Ciao",
  "Merhaba",
];

export function Welcome({ children, wide = false }: { children: ComponentChildren; wide?: boolean }) {
  const { words } = useApp();
  return (
    <div class="welcome">
      <header class="hero">
        <div class="brand">
          <Mark />
          <span>Polyge</span>
        </div>
        <p class="tagline">{words.tagline}</p>
        <div class="hellos" aria-hidden="true">
          {HELLOS.map((hello) => (
            <span key={hello}>{hello}</span>
          ))}
        </div>
      </header>
      <div class="toggles">
        <TongueToggle />
        <ThemeToggle />
      </div>
      <main class={`entrance${wide ? " wide" : ""}`} id="main">
        {children}
      </main>
    </div>
  );
}

export const Mark = () => (
  <svg class="mark" viewBox="0 0 64 64" aria-hidden="true" focusable="false">
    <path class="one" d="M10 8h30a8 8 0 0 1 8 8v16a8 8 0 0 1-8 8H24L12 50V40h-2a8 8 0 0 1-8-8V16a8 8 0 0 1 8-8z" />
    <path
      class="two"
      d="M52 22h2a8 8 0 0 1 8 8v14a8 8 0 0 1-8 8h-1v8l-10-8H30a8 8 0 0 1-7.6-5.5L27 44h14a11 11 0 0 0 11-11z"
    />
    <path class="stroke" d="M25 14v4M14 19h22M18 19c2 7 8 11 15 14M32 19c-2 7-8 11-15 14" />
  </svg>
);
