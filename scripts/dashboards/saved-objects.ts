// The saved objects of OpenSearch Dashboards and Kibana, as files that both import. Written by `npm run docs`.
import { type FieldMapping, fieldMappings } from "../../src/output/receiver/elasticsearch/mapping.ts";
import type { Write } from "../table.ts";
import { dashboard, dataView, type Filter, type Panel, panels, type Search, searches } from "./content.ts";
import { visualizationAttributes } from "./visualizations.ts";

type ObjectType = "index-pattern" | "search" | "visualization" | "dashboard";

interface Reference {
  readonly name: string;
  readonly type: ObjectType;
  readonly id: string;
}

/** A saved object without its versions. */
interface Saved {
  readonly id: string;
  readonly type: ObjectType;
  readonly attributes: object;
  readonly references: readonly Reference[];
}

/** Differences between the two products. */
interface Product {
  /** Versions of a type's format. Both products migrate objects of earlier versions when they import them. */
  versions(type: ObjectType): object;
  /** Version of the format of panels. */
  readonly panelVersion: string;
  /** Name of the reference to the object of a panel. */
  panelReference(index: string): string;
  /** Additional members of a panel. */
  panel(type: ObjectType): object;
  readonly dataView: object;
  readonly search: object;
  exists(field: string): object;
}

const NO_QUERY = { query: "", language: "kuery" };

/** OpenSearch Dashboards 2 and 3, which use the formats of Kibana 7.10. Its index rejects unknown attributes. */
const openSearchDashboards: Product = {
  versions(type) {
    const latest = { "index-pattern": "7.6.0", search: "7.9.3", visualization: "7.10.0", dashboard: "7.9.3" };
    return { migrationVersion: { [type]: latest[type] } };
  },
  panelVersion: "7.10.0",
  panelReference: (index) => `panel_${index}`,
  panel: () => ({ embeddableConfig: {} }),
  dataView: {},
  search: {},
  exists: (field) => ({ exists: { field } }),
};

/** Kibana 8.8 and later. */
const kibana: Product = {
  versions(type) {
    const latest = { "index-pattern": "8.0.0", search: "8.0.0", visualization: "8.5.0", dashboard: "8.7.0" };
    return { coreMigrationVersion: "8.8.0", typeMigrationVersion: latest[type], managed: false };
  },
  panelVersion: "8.8.0",
  panelReference: (index) => `${index}:panel_${index}`,
  panel: (type) => ({ type, embeddableConfig: { enhancements: {} } }),
  dataView: { name: dataView.name },
  search: { grid: {}, hideChart: false, isTextBasedQuery: false },
  exists: (field) => ({ query: { exists: { field } } }),
};

/** The generated files, by their path in the repository. */
export const dashboardFiles: Readonly<Record<string, Write>> = {
  "deploy/opensearch-dashboards/eyas.ndjson": () => linesOf(openSearchDashboards),
  "deploy/kibana/eyas.ndjson": () => linesOf(kibana),
};

function linesOf(product: Product): string {
  const objects: readonly Saved[] = [
    dataViewObject(product),
    ...searches.map((search) => searchObject(search, product)),
    ...panels.filter(({ content }) => content.kind !== "search").map(visualizationObject),
    dashboardObject(product),
  ];
  return objects.map((one) => `${JSON.stringify({ ...one, ...product.versions(one.type) })}\n`).join("");
}

function dataViewObject(product: Product): Saved {
  const { id, pattern, timeField } = dataView;
  const attributes = { title: pattern, timeFieldName: timeField, fields: "[]", ...product.dataView };
  return { id, type: "index-pattern", attributes, references: [] };
}

const META = "kibanaSavedObjectMeta.searchSourceJSON";
const alerts = { name: `${META}.index`, type: "index-pattern", id: dataView.id } as const;

function searchObject({ id, title, description, filters, columns }: Search, product: Product): Saved {
  for (const name of columns) mappingOf(name);
  const references = filters.map((_, i) => ({ ...alerts, name: `${META}.filter[${i}].meta.index` }));
  const source = {
    highlightAll: true,
    version: true,
    query: NO_QUERY,
    filter: filters.map((filter, i) => filterObject(filter, references[i]?.name, product)),
    indexRefName: alerts.name,
  };
  return {
    id,
    type: "search",
    attributes: {
      title,
      description,
      hits: 0,
      version: 1,
      columns,
      sort: [[dataView.timeField, "desc"]],
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify(source) },
      ...product.search,
    },
    references: [alerts, ...references],
  };
}

function filterObject(filter: Filter, indexRefName: string | undefined, product: Product): object {
  const { field } = filter;
  checkAggregatable(field);
  const meta = { alias: null, disabled: false, negate: "isNot" in filter, key: field, field, indexRefName };
  const $state = { store: "appState" };
  if ("exists" in filter)
    return { $state, meta: { ...meta, type: "exists", value: "exists" }, ...product.exists(field) };
  if ("oneOf" in filter) {
    const { oneOf } = filter;
    const should = oneOf.map((value) => ({ match_phrase: { [field]: value } }));
    return {
      $state,
      meta: { ...meta, type: "phrases", params: oneOf, value: oneOf.join(", ") },
      query: { bool: { minimum_should_match: 1, should } },
    };
  }
  const query = "is" in filter ? filter.is : filter.isNot;
  return { $state, meta: { ...meta, type: "phrase", params: { query } }, query: { match_phrase: { [field]: query } } };
}

function visualizationObject(panel: Panel): Saved {
  for (const field of fieldsOf(panel)) checkAggregatable(field);
  const source = { query: NO_QUERY, filter: [], indexRefName: alerts.name };
  return {
    id: panel.id,
    type: "visualization",
    attributes: {
      ...visualizationAttributes(panel),
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify(source) },
    },
    references: [alerts],
  };
}

function fieldsOf({ content }: Panel): readonly string[] {
  if (content.kind === "numbers") return content.count.map(({ field }) => field);
  if (content.kind === "over time") return [dataView.timeField, content.by.field, content.orderedBy];
  return content.kind === "top" ? content.columns.map(({ field }) => field) : [];
}

function dashboardObject(product: Product): Saved {
  const { id, title, description } = dashboard;
  const placed = panels.map(({ id: own, content, place }, i) => {
    const index = String(i + 1);
    const [type, shown] =
      content.kind === "search" ? (["search", content.search] as const) : (["visualization", own] as const);
    const reference: Reference = { name: product.panelReference(index), type, id: shown };
    const panel = {
      version: product.panelVersion,
      gridData: { ...place, i: index },
      panelIndex: index,
      panelRefName: `panel_${index}`,
      ...product.panel(type),
    };
    return { panel, reference };
  });
  return {
    id,
    type: "dashboard",
    attributes: {
      title,
      description,
      hits: 0,
      version: 1,
      timeRestore: true,
      timeFrom: "now-24h",
      timeTo: "now",
      refreshInterval: { pause: true, value: 60_000 },
      optionsJSON: JSON.stringify({ hidePanelTitles: false, useMargins: true }),
      panelsJSON: JSON.stringify(placed.map(({ panel }) => panel)),
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify({ query: NO_QUERY, filter: [] }) },
    },
    references: placed.map(({ reference }) => reference),
  };
}

const mapped = [true, false].map((open) => fieldMappings({ open, version: 9, minor: 0 }));

/** The mappings of a field in both servers. @throws Error if documents have no such field */
function mappingOf(field: string): readonly FieldMapping[] {
  return mapped.map((fields) => {
    const mapping = fields[field];
    if (mapping === undefined) throw new Error(`the index template has no field ${field}`);
    return mapping;
  });
}

/** @throws Error if a server cannot count the values of a field */
function checkAggregatable(field: string): void {
  for (const { type, doc_values } of mappingOf(field))
    if (!["keyword", "long", "ip", "date"].includes(type) || doc_values === false)
      throw new Error(`${field} is not aggregatable`);
}
