import type { Leaf } from "../../setting/shape.ts";
import { flag } from "../../setting/shape.ts";
import { emptyMapping, isNull, type Mapping, type Tree } from "../../setting/tree.ts";
import type { Environment } from "../environment.ts";
import type { Diagnostic } from "../read.ts";
import { convert, entryOf } from "./canonical.ts";
import { variableValue } from "./variables.ts";

/** The key of `alert_intake` for each of Falcosidekick's keys for the listening address. */
const listening = { listenaddress: "listen_address", listenport: "listen_port" } as const;

/** Falcosidekick's certificate keys and their defaults. `tlsserver.deploy` enables them. */
const certificates = {
  "tlsserver.certfile": { becomes: "certificate", fallback: "/etc/certs/server/server.crt" },
  "tlsserver.keyfile": { becomes: "key", fallback: "/etc/certs/server/server.key" },
  "tlsserver.cacertfile": { becomes: "client_authority", fallback: "/etc/certs/server/ca.crt" },
} as const;

/** The Eyas key for each of Falcosidekick's keys for receiving alerts; undefined if there is no Eyas key. */
export const intakeSettings: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(Object.entries(listening).map(([key, name]) => [key, `alert_intake.${name}`])),
  ...Object.fromEntries(Object.entries(certificates).map(([key, { becomes }]) => [key, `alert_intake.${becomes}`])),
  "tlsserver.deploy": "alert_intake.certificate",
  "tlsserver.mutualtls": "alert_intake.client_authority",
  "tlsserver.notlsport": undefined,
  "tlsserver.notlspaths": undefined,
  debug: undefined,
};

/** Falcosidekick's keys for receiving alerts, and `debug`. */
export const intakeKeys: readonly string[] = Object.keys(intakeSettings);

/** Messages for keys without an Eyas key. */
export const withoutSetting: Readonly<Record<string, string>> = {
  "tlsserver.notlsport": "webserver.listen_port is the port for /healthz and /metrics without TLS",
  "tlsserver.notlspaths": "webserver serves /healthz and /metrics without TLS",
  debug: "requests are not printed; `eyas outputs test` shows the result of a request, and stdout_output prints alerts",
};

/** Maps the keys of Falcosidekick's listener to `alert_intake`, which must be enabled explicitly. */
export function adoptIntake(tree: Mapping, environment: Environment, diagnostics: Diagnostic[]): void {
  const given = new Map<string, Tree>();
  for (const path of intakeKeys) {
    const value = variableValue(path.split("."), environment) ?? takeAt(tree, path);
    if (value !== undefined && !isNull(value)) given.set(path, value);
  }
  tree.entries.delete("tlsserver");
  const warn = (path: string, message: string): void => {
    const place = given.get(path)?.place ?? tree.place;
    diagnostics.push({ severity: "warning", message: `${path}${message}`, place });
  };
  const intake = intakeOf(tree);
  const move = (path: string, name: string, value: Tree): void => {
    if (intake.entries.has(name)) warn(path, ` has no effect, since alert_intake.${name} is set`);
    else intake.entries.set(name, { place: value.place, value });
  };
  for (const [path, name] of Object.entries(listening)) {
    const value = given.get(path);
    if (value !== undefined) move(path, name, value);
  }
  const deploy = given.get("tlsserver.deploy");
  const wants = new Set(Object.keys(listening).filter((path) => given.has(path)));
  if (deploy !== undefined && isTrue(deploy)) {
    wants.add("tlsserver.deploy");
    for (const [path, { becomes, fallback }] of Object.entries(certificates)) {
      if (becomes === "client_authority" && !isTrue(given.get("tlsserver.mutualtls"))) continue;
      move(path, becomes, given.get(path) ?? { kind: "scalar", place: deploy.place, text: fallback });
    }
    const paths = given.get("tlsserver.notlspaths");
    if (paths !== undefined && (paths.kind !== "list" || paths.items.length > 0)) {
      for (const path of ["tlsserver.notlspaths", "tlsserver.notlsport"])
        if (given.has(path)) warn(path, ` has no effect: ${withoutSetting[path]}`);
    }
  }
  if (isTrue(given.get("debug"))) warn("debug", ` has no effect: ${withoutSetting.debug}`);
  if (wants.size === 0) return;
  tree.entries.set("alert_intake", tree.entries.get("alert_intake") ?? { place: intake.place, value: intake });
  if (isTrue(intake.entries.get("enabled")?.value)) return;
  for (const path of wants)
    warn(path, ` sets ${intakeSettings[path]}; alerts from other programs are only received with alert_intake.enabled`);
}

/**
 * Returns the value of a key, such as `debug` or `tlsserver.deploy`. Removes the key from the configuration if it is at
 * the top level.
 */
function takeAt(tree: Mapping, path: string): Tree | undefined {
  const [head = "", inner] = path.split(".");
  const entry = tree.entries.get(head);
  if (inner !== undefined) return entry?.value.kind === "map" ? entryOf(entry.value, inner)?.value : undefined;
  tree.entries.delete(head);
  return entry?.value;
}

function intakeOf(tree: Mapping): Mapping {
  const there = tree.entries.get("alert_intake")?.value;
  return there?.kind === "map" ? there : emptyMapping(tree.place);
}

const truth: Leaf<boolean> = flag(false, "");

function isTrue(tree: Tree | undefined): boolean {
  return tree !== undefined && truth.read(convert(tree, truth), () => {}) === true;
}
