// Visualizations based on aggregations, in the form that OpenSearch Dashboards and Kibana share.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { priorities } from "../../src/rule/rule.ts";
import { type Column, type Content, dataView, MOST_ROWS, type Panel } from "./content.ts";

/** An aggregation of a visualization. */
interface Aggregation {
  readonly id: string;
  readonly enabled: true;
  readonly type: string;
  readonly schema: string;
  readonly params: object;
}

interface Visualization {
  readonly type: string;
  readonly params: object;
  readonly aggs: readonly Aggregation[];
  /** State that users can change, such as colors. */
  readonly uiState: object;
}

/** The attributes of a visualization without its search. */
export function visualizationAttributes({ title, description, content }: Panel): object {
  const { uiState, ...state } = visualization(content);
  const name = `Eyas: ${title}`;
  return {
    title: name,
    description,
    version: 1,
    visState: JSON.stringify({ title: name, ...state }),
    uiStateJSON: JSON.stringify(uiState),
  };
}

function visualization(content: Content): Visualization {
  if (content.kind === "numbers") return numbers(content.count);
  if (content.kind === "over time") return overTime(content.by, content.orderedBy);
  if (content.kind === "top") return top(content.columns);
  throw new Error(`a panel with a ${content.kind} has no visualization`);
}

function aggregation(id: number, type: string, schema: string, params: object): Aggregation {
  return { id: String(id), enabled: true, type, schema, params };
}

const count = aggregation(1, "count", "metric", { customLabel: "Alerts" });

function numbers(columns: readonly Column[]): Visualization {
  const distinct = columns.map(({ field, label }, i) =>
    aggregation(i + 2, "cardinality", "metric", { field, customLabel: label }),
  );
  return {
    type: "metric",
    aggs: [count, ...distinct],
    params: {
      type: "metric",
      addTooltip: true,
      addLegend: false,
      metric: {
        percentageMode: false,
        useRanges: false,
        colorSchema: "Green to Red",
        metricColorMode: "None",
        colorsRange: [{ from: 0, to: 10_000 }],
        labels: { show: true },
        invertColors: false,
        style: { bgFill: "#000", bgColor: false, labelColor: false, subText: "", fontSize: 36 },
      },
    },
    uiState: {},
  };
}

function top(columns: readonly Column[]): Visualization {
  return {
    type: "table",
    aggs: [count, ...columns.map((column, i) => terms(i + 2, "bucket", column, { orderBy: count.id }))],
    params: {
      perPage: 10,
      showPartialRows: false,
      showMetricsAtAllLevels: false,
      showTotal: false,
      showToolbar: true,
      totalFunc: "sum",
      percentageCol: "",
    },
    uiState: { vis: { params: { sort: { columnIndex: null, direction: null } } } },
  };
}

function terms(id: number, schema: string, { field, label, without }: Column, order: object): Aggregation {
  return aggregation(id, "terms", schema, {
    field,
    ...order,
    order: "desc",
    size: MOST_ROWS,
    otherBucket: false,
    otherBucketLabel: "Other",
    missingBucket: without !== undefined,
    missingBucketLabel: without ?? "Missing",
    customLabel: label,
  });
}

/** @param orderedBy field by which the parts of a bar are ordered, the highest first */
function overTime(by: Column, orderedBy: string): Visualization {
  const histogram = aggregation(2, "date_histogram", "segment", {
    field: dataView.timeField,
    useNormalizedOpenSearchInterval: true,
    useNormalizedEsInterval: true,
    scaleMetricValues: false,
    interval: "auto",
    drop_partials: false,
    min_doc_count: 1,
    extended_bounds: {},
    customLabel: "Time",
  });
  const orderAgg = { id: "3-orderAgg", enabled: true, type: "max", schema: "orderAgg", params: { field: orderedBy } };
  return {
    type: "histogram",
    aggs: [count, histogram, terms(3, "group", by, { orderBy: "custom", orderAgg })],
    params: barParameters(),
    uiState: { vis: { colors: priorityColors() } },
  };
}

function barParameters(): object {
  const axis = { show: true, style: {} };
  return {
    type: "histogram",
    grid: { categoryLines: false },
    categoryAxes: [
      {
        ...axis,
        id: "CategoryAxis-1",
        type: "category",
        position: "bottom",
        scale: { type: "linear" },
        labels: { show: true, filter: true, truncate: 100 },
        title: {},
      },
    ],
    valueAxes: [
      {
        ...axis,
        id: "ValueAxis-1",
        name: "LeftAxis-1",
        type: "value",
        position: "left",
        scale: { type: "linear", mode: "normal" },
        labels: { show: true, rotate: 0, filter: false, truncate: 100 },
        title: { text: "Alerts" },
      },
    ],
    seriesParams: [
      {
        show: true,
        type: "histogram",
        mode: "stacked",
        data: { label: "Alerts", id: count.id },
        valueAxis: "ValueAxis-1",
        drawLinesBetweenPoints: true,
        lineWidth: 2,
        showCircles: true,
        circlesRadius: 1,
      },
    ],
    addTooltip: true,
    detailedTooltip: true,
    addLegend: true,
    legendPosition: "right",
    times: [],
    addTimeMarker: false,
    labels: { show: false },
    palette: { type: "palette", name: "default" },
    thresholdLine: { show: false, value: 10, width: 1, style: "full", color: "#E7664C" },
  };
}

/** The colors of priorities in the light theme of the web UI. */
function priorityColors(): Readonly<Record<string, string>> {
  const styles = readFileSync(join(import.meta.dirname, "../../ui-shared/page/base.css"), "utf8");
  return Object.fromEntries(
    priorities.map((priority) => {
      const name = priority.toLowerCase();
      const color = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}),`).exec(styles)?.[1];
      if (color === undefined) throw new Error(`ui-shared/page/base.css has no color for ${name}`);
      return [name, color];
    }),
  );
}
