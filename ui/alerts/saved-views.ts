import { filtered, filterOf } from "../../ui-shared/filter/filter.ts";
import { type ChosenColumn, columnsIn, columnsText } from "./columns.ts";

/** A view of the list that the user has named. */
export interface SavedView {
  readonly name: string;
  /** Parameters of the URL: filter, grouping, order and columns. */
  readonly parameters: string;
}

export const MAX_VIEWS = 50;
/** Maximum length of a name, in characters. */
export const MAX_NAME = 80;
/**
 * Maximum length of the parameters, in characters. A query has at most 4000 characters, each of which is escaped as up
 * to three.
 */
const MAX_PARAMETERS = 16_000;

/**
 * Returns the parameters of a view. Other parameters and invalid values are removed.
 * @param columns the columns of the view; undefined: the columns in the parameters
 */
export function viewParameters(parameters: URLSearchParams, columns?: readonly ChosenColumn[]): string {
  const shown = columns ?? columnsIn(parameters.get("columns"));
  const more = {
    ...(parameters.get("view") === "groups" && { view: "groups" }),
    ...(parameters.get("order") === "oldest" && { order: "oldest" }),
    ...(shown !== undefined && { columns: columnsText(shown) }),
  };
  return filtered("", filterOf(parameters), more).slice(1);
}

/** Returns the URL of the list with a saved view. */
export function addressOf({ parameters }: Pick<SavedView, "parameters">): string {
  return parameters === "" ? "/alerts" : `/alerts?${parameters}`;
}

/** Parses saved views. Invalid views are omitted. */
export function savedViewsIn(text: string | undefined): readonly SavedView[] {
  let found: unknown;
  try {
    found = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(found)) return [];
  const views: SavedView[] = [];
  for (const one of found.slice(0, MAX_VIEWS)) {
    const view = viewIn(one);
    if (view !== undefined && views.every(({ name }) => name !== view.name)) views.push(view);
  }
  return views;
}

function viewIn(value: unknown): SavedView | undefined {
  if (typeof value !== "object" || value === null || !("name" in value) || !("parameters" in value)) return undefined;
  const { name, parameters } = value;
  if (typeof name !== "string" || typeof parameters !== "string" || parameters.length > MAX_PARAMETERS)
    return undefined;
  if (nameError(name) !== undefined) return undefined;
  return { name, parameters: viewParameters(new URLSearchParams(parameters)) };
}

/** Returns an error message if a view cannot have this name; otherwise undefined. */
export function nameError(name: string): string | undefined {
  if (name.trim() === "") return "Enter a name.";
  return name.length > MAX_NAME ? `The name must have at most ${MAX_NAME} characters.` : undefined;
}

/** Adds a view, or replaces the view with the same name. @returns an error message if there are too many views */
export function withView(views: readonly SavedView[], view: SavedView): readonly SavedView[] | string {
  if (view.parameters.length > MAX_PARAMETERS) return "The query is too long to be saved.";
  const at = views.findIndex(({ name }) => name === view.name);
  if (at >= 0) return views.with(at, view);
  return views.length >= MAX_VIEWS ? `At most ${MAX_VIEWS} views can be saved. Delete one first.` : [...views, view];
}

/** Renames a view. @returns an error message if another view has the name */
export function renamed(views: readonly SavedView[], from: string, to: string): readonly SavedView[] | string {
  if (from !== to && views.some(({ name }) => name === to)) return "Another view has this name.";
  return views.map((view) => (view.name === from ? { ...view, name: to } : view));
}
