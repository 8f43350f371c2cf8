import type { Alert } from "../../src/api/schemas/alert.ts";
import { priorities } from "../../src/rule/rule.ts";
import { api } from "../../ui-shared/api/client.ts";
import { filtered, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { navigate } from "../../ui-shared/page/router.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { summaryOf } from "../../ui-shared/text/summary.ts";
import { visible } from "../../ui-shared/text/visible.ts";
import { notifiedFrom } from "./settings.ts";
import { isPageVisible } from "./visible-pages.ts";

/** Maximum number of characters of the title and of the text. */
const MAX_TITLE = 120;
const MAX_TEXT = 300;

/**
 * Shows one notification for a batch of new alerts, with the sentence of the most severe one. Ignores alerts below the
 * chosen priority and closed alerts. Shows nothing while another tab with Eyas is visible.
 * @param alerts newest first
 */
export async function showNotification(alerts: readonly Alert[]): Promise<void> {
  const from = notifiedFrom.peek();
  if (from === undefined) return;
  const rank = ({ priority }: Alert): number => priorities.indexOf(priority);
  const severe = alerts.filter((alert) => alert.state !== "closed" && rank(alert) <= priorities.indexOf(from));
  const [first] = severe.toSorted((one, other) => rank(one) - rank(other));
  if (first === undefined || (await isPageVisible())) return;
  const others = severe.length - 1;
  const title = `${first.priority}: ${short(first.rule, MAX_TITLE)}${others > 0 ? ` and ${quantity(others, "more alert")}` : ""}`;
  const body = short(await sentenceOf(first), MAX_TEXT);
  try {
    // The tag replaces a notification of another hidden tab for the same alert.
    const notification = new Notification(title, { body, tag: `eyas-${first.id}` });
    notification.addEventListener("click", () => {
      window.focus();
      navigate(filtered(`/alerts/${encodeURIComponent(first.id)}`, NO_FILTER));
      notification.close();
    });
  } catch {
    // Browsers on phones can grant the permission, but reject notifications of pages that are not installed.
  }
}

/** The sentence of an alert, or its output if the sentence cannot be fetched. */
async function sentenceOf({ id, output }: Alert): Promise<string> {
  try {
    return (await api.alert(id)).sentence;
  } catch {
    return summaryOf(output);
  }
}

/** Untrusted text with escapes and a limited length. */
function short(text: string, limit: number): string {
  const safe = visible(text.slice(0, limit));
  return text.length > limit || safe.length > limit ? `${safe.slice(0, limit - 1)}…` : safe;
}
