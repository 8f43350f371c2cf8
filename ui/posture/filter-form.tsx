import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { KindCount } from "../../src/api/schemas/posture.ts";
import { severities } from "../../src/posture/finding.ts";
import type { Category } from "../../src/posture/kinds.ts";
import { navigate } from "../../ui-shared/page/router.ts";
import { integer } from "../../ui-shared/text/number.ts";
import { visible } from "../../ui-shared/text/visible.ts";
import { addressOf, type PostureFilter } from "./posture-filter.ts";

const TITLES: readonly (readonly [Category, string])[] = [
  ["workload", "Workloads"],
  ["access", "Access"],
  ["exposure", "Exposure"],
];

interface CountsProps {
  readonly counts: readonly KindCount[];
  readonly filter: PostureFilter;
}

/** Number of findings by kind. A click shows only that kind; a second click shows all kinds. */
export function Counts({ counts, filter }: CountsProps): JSX.Element {
  return (
    <div class="finding-counts">
      {TITLES.map(([category, title]) => (
        <CategoryCounts
          key={category}
          title={title}
          rows={counts.filter((row) => row.category === category)}
          filter={filter}
        />
      ))}
    </div>
  );
}

interface CategoryProps {
  readonly title: string;
  readonly rows: readonly KindCount[];
  readonly filter: PostureFilter;
}

function CategoryCounts({ title, rows, filter }: CategoryProps): JSX.Element {
  const heading = useId();
  return (
    <section class="panel" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {rows.length === 0 ? (
        <p class="muted nothing">No findings</p>
      ) : (
        <ul>
          {rows.map(({ kind, what, findings }) => (
            <li key={kind}>
              <a
                href={addressOf({ ...filter, category: "", kind: filter.kind === kind ? "" : kind })}
                aria-current={filter.kind === kind ? "true" : undefined}
              >
                <span>{what}</span>
                <span class="number">{integer(findings)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface FilterFormProps {
  readonly namespaces: readonly string[];
  readonly filter: PostureFilter;
}

export function FilterForm({ namespaces, filter }: FilterFormProps): JSX.Element {
  const id = useId();
  const change = (changed: Partial<PostureFilter>): void => navigate(addressOf({ ...filter, ...changed }), "replace");
  const known =
    namespaces.includes(filter.namespace) || filter.namespace === "" ? namespaces : [filter.namespace, ...namespaces];
  return (
    <search class="posture-filter">
      <label class="visually-hidden" for={`${id}-text`}>
        Search object, container or detail
      </label>
      <input
        id={`${id}-text`}
        type="search"
        data-query
        maxLength={300}
        placeholder="Search object, container or detail"
        value={filter.text}
        onInput={({ currentTarget }) => change({ text: currentTarget.value })}
      />
      <Select
        label="Category"
        all="All categories"
        value={filter.category}
        options={TITLES}
        change={(category) => change({ category, kind: "" })}
      />
      <Select
        label="Severity"
        all="All severities"
        value={filter.severity}
        options={severities.map((each) => [each, each === "critical" ? each : `${each} and above`] as const)}
        change={(severity) => change({ severity })}
      />
      <Select
        label="Namespace"
        all="All namespaces"
        value={filter.namespace}
        options={known.map((each) => [each, visible(each)] as const)}
        change={(namespace) => change({ namespace })}
      />
    </search>
  );
}

interface SelectProps<T extends string> {
  readonly label: string;
  readonly all: string;
  readonly value: T | "";
  readonly options: readonly (readonly [T, string])[];
  readonly change: (value: T | "") => void;
}

function Select<T extends string>({ label, all, value, options, change }: SelectProps<T>): JSX.Element {
  const id = useId();
  return (
    <>
      <label class="visually-hidden" for={id}>
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={({ currentTarget }) => change(options.find(([each]) => each === currentTarget.value)?.[0] ?? "")}
      >
        <option value="">{all}</option>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </>
  );
}
