import { expect, test } from "vitest";
import { originTable } from "./source-lister.ts";

test("the table of origins has errors below the row and escapes control characters", () => {
  const now = Date.parse("2026-11-25T03:00:10Z");
  const table = originTable(
    [
      { source: "app", from: "/var/log/app\u001b[2J.json", state: undefined },
      {
        source: "k8s_audit",
        from: "http://127.0.0.1:9765/k8s-audit",
        state: {
          from: "",
          up: false,
          reason: "gone",
          accepted: 12_345,
          refused: { too_large: 2, not_json: 1 },
          lag_bytes: 0,
          last: "2026-11-25T03:00:00Z",
        },
      },
    ],
    now,
  );
  expect(table).toBe(`SOURCE     FROM                             STATE       ACCEPTED  REJECTED  LAG      LAST
app        /var/log/app\\x1b[2J.json         configured
k8s_audit  http://127.0.0.1:9765/k8s-audit  down          12,345         3    –  10 s ago
  gone
  rejected: too_large 2, not_json 1
`);
});
