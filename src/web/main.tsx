import { render } from "preact";
import { App, AppContext } from "./app.ts";
import { Root } from "./views/root.tsx";

const app = new App();
render(
  <AppContext.Provider value={app}>
    <Root />
  </AppContext.Provider>,
  document.getElementById("app")!,
);
// For check.js, which says so where this line was never reached.
document.documentElement.dataset["started"] = "yes";
