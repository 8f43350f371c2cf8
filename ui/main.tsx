import { render } from "preact";
import { keepScrollPositions } from "./shell/scroll-memory.ts";
import { takeTokenFromAddress } from "./shell/session.ts";
import { Shell } from "./shell/shell.tsx";
import { applyTheme } from "./shell/theme.ts";

applyTheme();
keepScrollPositions();
void takeTokenFromAddress();
const root = document.getElementById("page");
if (root !== null) render(<Shell />, root);
