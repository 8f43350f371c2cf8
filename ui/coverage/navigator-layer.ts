import type { Coverage } from "../../src/api/schemas/rule.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { isSubTechnique, type Technique } from "./matrix.ts";

/** Version of the format of the MITRE ATT&CK Navigator (layers/spec/v4.5/layerformat.md in its repository). */
const FORMAT = "4.5";
/** The oldest version of the Navigator that reads the format. */
const NAVIGATOR = "4.9.0";
/** Colors of the gradient: technique without rules, with one rule, with the most rules. */
const COLORS = ["#ffffff", "#cfe3ec", "#0b6a8f"];
/** Maximum number of rules in a comment. */
const MAX_RULES = 20;

/**
 * Returns the coverage as a layer of the MITRE ATT&CK Navigator. The score of a technique is its number of rules.
 * @param about the filter and the time of the numbers of alerts, as text
 */
export function navigatorLayer({ version, tactics, reasons }: Coverage, about: string): object {
  const rows = tactics.flatMap(({ id: tactic, name, techniques }) =>
    techniques
      .filter(({ id }) => id !== tactic)
      .map((technique) => rowOf(technique, name.toLowerCase().replaceAll(" ", "-"), reasons)),
  );
  return {
    name: "Eyas coverage",
    versions: { attack: version.split(".")[0], navigator: NAVIGATOR, layer: FORMAT },
    domain: "enterprise-attack",
    description: `Techniques covered by enabled Eyas rules. Score: number of rules. ${about}`,
    filters: { platforms: ["Linux", "Containers"] },
    sorting: 0,
    layout: { layout: "side", showName: true, showID: true, expandedSubtechniques: "none" },
    hideDisabled: false,
    techniques: rows,
    gradient: { colors: COLORS, minValue: 0, maxValue: Math.max(1, ...rows.map(({ score }) => score)) },
    legendItems: [{ label: "No rule", color: COLORS[0] }],
    selectTechniquesAcrossTactics: true,
    selectSubtechniquesWithParent: false,
  };
}

interface Row {
  readonly techniqueID: string;
  readonly tactic: string;
  readonly score: number;
  readonly comment: string;
  readonly enabled: true;
  readonly metadata: readonly { readonly name: string; readonly value: string }[];
  readonly showSubtechniques: boolean;
}

function rowOf({ id, rules, fired, as, reason }: Technique, tactic: string, reasons: readonly string[]): Row {
  const why = reason === undefined ? "" : ` ${reasons[reason] ?? ""}`;
  const more = rules.length > MAX_RULES ? [`${rules.length - MAX_RULES} more`] : [];
  const names = [...rules.slice(0, MAX_RULES), ...more].join(", ");
  const through = as === undefined ? "" : ` for ${as}`;
  return {
    techniqueID: id,
    tactic,
    score: rules.length,
    comment:
      rules.length === 0
        ? `No enabled rule.${why}`
        : `${quantity(rules.length, "rule")}${through}, ${quantity(fired, "alert")}: ${names}`,
    enabled: true,
    metadata: [{ name: "Alerts", value: String(fired) }],
    showSubtechniques: rules.length > 0 && !isSubTechnique(id),
  };
}
