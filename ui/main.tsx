import { render } from "preact";
import { path } from "../ui-shared/page/router.ts";
import { takeFailureFromAddress, takeTokenFromAddress } from "../ui-shared/page/session.ts";
import { announceVisibility } from "./notify/visible-pages.ts";
import { keepScrollPositions } from "./shell/scroll-memory.ts";
import { Shell } from "./shell/shell.tsx";
import { applyTheme } from "./shell/theme.ts";
import { keepTitle } from "./shell/title.ts";
import { viewOf } from "./shell/views.ts";

applyTheme();
keepScrollPositions();
keepTitle();
announceVisibility();
takeFailureFromAddress();
void takeTokenFromAddress();
const root = document.getElementById("page");
root?.replaceChildren();
if (root !== null) render(<Shell />, root);
// The code of the view is loaded while the server looks up the session.
void viewOf(path.peek())?.view.load();
