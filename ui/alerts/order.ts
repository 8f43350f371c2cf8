import { computed } from "@preact/signals";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { withParameters } from "./list-address.ts";

/** Order of the list by time. */
export type Order = "newest" | "oldest";

/** The order in the URL. */
export const order = computed<Order>(() => (parameters.value.get("order") === "oldest" ? "oldest" : "newest"));

/** Shows the list in the given order. */
export function setOrder(next: Order): void {
  navigate(withParameters({ order: next === "oldest" ? next : "" }));
}

export function toggleOrder(): void {
  setOrder(order.peek() === "newest" ? "oldest" : "newest");
}
