import { ENGINE_VERSION, printVersion } from "../rule/version.ts";
import { version } from "./home.ts";

/** Version of the event format of sensor and captures, the same as that of Falco's driver. */
const SCHEMA_VERSION = "4.5.1";

/** All versions; those with `falco` or `driver` in their name are for Falco's tools. */
export function versions(): Readonly<Record<string, string>> {
  const engine = printVersion(ENGINE_VERSION);
  return {
    ...ownVersions(),
    engine_version: String(ENGINE_VERSION[1]),
    engine_version_semver: engine,
    driver_schema_version: SCHEMA_VERSION,
    falco_version: version(),
  };
}

export function ownVersions(): {
  eyas_version: string;
  engine_version: string;
  schema_version: string;
  node_version: string;
} {
  return {
    eyas_version: version(),
    engine_version: printVersion(ENGINE_VERSION),
    schema_version: SCHEMA_VERSION,
    node_version: process.versions.node,
  };
}
