/** A screen's title, which takes the focus when the screen appears: keyboard and screen reader go on from there. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../app.ts";

export function Heading({ children, title }: { children: ComponentChildren; title: string }) {
  const app = useApp();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    app.title.value = title;
  }, [app, title]);
  useEffect(() => {
    // Where the page has just been loaded, the browser puts the focus.
    if (app.router.moved) heading.current?.focus();
  }, [app]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
