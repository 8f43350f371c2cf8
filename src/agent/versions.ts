import { ENGINE_VERSION, printVersion } from "../rule/version.ts";
import { version } from "./home.ts";

/** Version of the event format that the sensor and captures use. It is the schema version of Falco's driver. */
const SCHEMA_VERSION = "4.5.1";

/** Versions of the program and its formats. Names with `falco` or `driver` are provided for Falco's tools. */
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
