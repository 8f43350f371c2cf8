import { render } from "preact";
import { takeTokenFromAddress } from "./shell/session.ts";
import { Shell } from "./shell/shell.tsx";
import { applyTheme } from "./shell/theme.ts";

applyTheme();
void takeTokenFromAddress();
const root = document.getElementById("page");
if (root !== null) render(<Shell />, root);
