// Reads saved objects of OpenSearch Dashboards and Kibana, and translates them to searches as both products do.

export type Product = "opensearch-dashboards" | "kibana";

export interface SavedObject {
  readonly id: string;
  readonly type: "index-pattern" | "search" | "visualization" | "dashboard";
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly { readonly name: string; readonly type: string; readonly id: string }[];
}

/** One object per line, as in files that the products export. */
export function readObjects(text: string): readonly SavedObject[] {
  if (!text.endsWith("\n")) throw new Error("the file does not end with a line feed");
  return text.trimEnd().split("\n").map(readObject);
}

function readObject(line: string): SavedObject {
  const { id, type, attributes, references }: SavedObject = JSON.parse(line);
  if (typeof id !== "string" || typeof attributes !== "object" || !Array.isArray(references))
    throw new Error(`no saved object: ${line}`);
  return { id, type, attributes, references };
}

interface Aggregation {
  readonly id: string;
  readonly enabled: boolean;
  readonly type: string;
  readonly schema: string;
  readonly params: {
    readonly field?: string;
    readonly size?: number;
    readonly order?: string;
    readonly orderBy?: string;
    readonly orderAgg?: Aggregation;
    readonly missingBucket?: boolean;
    readonly missingBucketLabel?: string;
  };
}

interface Filter {
  readonly meta: { readonly key: string; readonly negate: boolean; readonly disabled: boolean };
  readonly query?: object;
  readonly exists?: object;
}

function aggregationsIn({ attributes }: SavedObject): readonly Aggregation[] {
  const { aggs }: { aggs: readonly Aggregation[] } = JSON.parse(String(attributes.visState));
  return aggs.filter(({ enabled }) => enabled);
}

function filtersIn({ attributes }: SavedObject): readonly Filter[] {
  const { searchSourceJSON } = Object(attributes.kibanaSavedObjectMeta);
  const { filter }: { filter: readonly Filter[] } = JSON.parse(searchSourceJSON);
  return filter.filter(({ meta }) => !meta.disabled);
}

/**
 * Value that stands for a missing value in requests of both products. The products show a label of their own instead.
 */
const MISSING = "__missing__";

const buckets = (aggs: readonly Aggregation[]) => aggs.filter(({ schema }) => schema !== "metric");
const metrics = (aggs: readonly Aggregation[]) => aggs.filter(({ schema }) => schema === "metric");

/** The aggregations of a visualization, and their order for {@link rowsOf}. */
export function aggregationsOf(visualization: SavedObject): { aggs: object; order: readonly Aggregation[] } {
  const order = aggregationsIn(visualization);
  const [first, ...others] = metrics(order);
  if (first?.type !== "count") throw new Error("the first metric is not the number of alerts");
  const inner = Object.fromEntries(others.map(({ id, type, params }) => [id, { [type]: { field: params.field } }]));
  return { aggs: buckets(order).reduceRight<object>(around, inner), order };
}

/** Nests aggregations in the buckets of another aggregation. */
function around(inner: object, { id, type, params }: Aggregation): object {
  const { field, size, order, orderBy = "", orderAgg, missingBucket } = params;
  if (type === "date_histogram")
    return { [id]: { date_histogram: { field, fixed_interval: "1h", min_doc_count: 1 }, aggs: inner } };
  if (type !== "terms" || order === undefined) throw new Error(`unknown aggregation ${type}`);
  // If the metric is the number of documents, the products sort by "_count".
  const by = orderBy === "custom" ? String(orderAgg?.id) : "_count";
  const own = orderAgg === undefined ? {} : { [orderAgg.id]: { [orderAgg.type]: { field: orderAgg.params.field } } };
  const terms = { field, size, order: { [by]: order }, ...(missingBucket && { missing: MISSING }) };
  return { [id]: { terms, aggs: { ...inner, ...own } } };
}

/** Values of the buckets (without times) and then of the metrics. */
export type Buckets = readonly (readonly (string | number)[])[];

export function rowsOf(answer: Readonly<Record<string, unknown>>, order: readonly Aggregation[]): Buckets {
  const { hits, aggregations } = answer;
  return rowsIn(Object(aggregations), Object(hits).total.value, buckets(order), metrics(order).slice(1));
}

function rowsIn(
  found: Readonly<Record<string, unknown>>,
  count: number,
  [bucket, ...inner]: readonly Aggregation[],
  others: readonly Aggregation[],
): Buckets {
  if (bucket === undefined) return [[count, ...others.map(({ id }) => Number(Object(found[id]).value))]];
  const all: readonly { key: string; doc_count: number }[] = Object(found[bucket.id]).buckets;
  return all.flatMap((one) => {
    const rows = rowsIn(Object(one), one.doc_count, inner, others);
    const key = one.key === MISSING ? String(bucket.params.missingBucketLabel) : one.key;
    return bucket.type === "terms" ? rows.map((row) => [key, ...row]) : rows;
  });
}

/** The query of a search, without the time range. */
export function filtersOf(search: SavedObject): object {
  const clause = ({ query, exists }: Filter): object => query ?? { exists };
  const filters = filtersIn(search);
  return {
    filter: [{ match_all: {} }, ...filters.filter(({ meta }) => !meta.negate).map(clause)],
    must_not: filters.filter(({ meta }) => meta.negate).map(clause),
  };
}

/** Names of the fields whose values an object counts or filters, and names of the fields that it shows. */
export function fieldsOf(object: SavedObject): { counted: readonly string[]; shown: readonly string[] } {
  if (object.type === "search") {
    const columns = Array.isArray(object.attributes.columns) ? object.attributes.columns.map(String) : [];
    return { counted: filtersIn(object).map(({ meta }) => meta.key), shown: columns };
  }
  if (object.type !== "visualization") return { counted: [], shown: [] };
  const fields = aggregationsIn(object).flatMap(({ params }) => [params.field, params.orderAgg?.params.field]);
  return { counted: fields.filter((field) => field !== undefined), shown: [] };
}
