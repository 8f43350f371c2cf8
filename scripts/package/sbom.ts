import { createHash } from "node:crypto";
import type { LockedPackage } from "./lock.ts";

/** The content that an SBOM describes. */
export interface Shipped {
  readonly version: string;
  /** Architecture, as named by Debian. */
  readonly arch: string;
  /** Time of the commit, in seconds since the epoch. */
  readonly time: number;
  readonly packages: readonly LockedPackage[];
  /** Names of the packages that the program imports directly. */
  readonly direct: readonly string[];
  /** Packages whose code is bundled into the web UI. */
  readonly bundled: readonly LockedPackage[];
  /** Packages of the distribution whose files are shipped. */
  readonly system?: readonly SystemPackage[];
}

/** A package of a Linux distribution. */
export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  /** Package URL, with the architecture and the distribution. */
  readonly purl: string;
  /** License, as an SPDX expression. */
  readonly license: string;
  /** SHA-256 of the package file, in hexadecimal. */
  readonly sha256: string;
  /** URL of the source code. */
  readonly sources: string;
}

/**
 * Returns an SBOM in the format of CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/), with the hashes of the lock
 * file.
 */
export function sbom({ version, arch, time, packages, direct, bundled, system = [] }: Shipped): string {
  const own = `eyas@${version}`;
  const all = [...new Map([...packages, ...bundled].map((one) => [refOf(one), one])).values()].sort((a, b) =>
    refOf(a) < refOf(b) ? -1 : 1,
  );
  const byFolder = new Map(packages.map((one) => [one.folder, refOf(one)]));
  const refsOf = (folders: readonly string[]): string[] =>
    [...new Set(folders.flatMap((folder) => byFolder.get(folder) ?? []))].sort();
  const imported = direct.map((name) => `node_modules/${name}`);
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": own,
        name: "eyas",
        version,
        licenses: [{ license: { id: "Apache-2.0" } }],
        properties: [{ name: "architecture", value: arch }],
      },
    },
    components: [...all.map(component), ...all.flatMap(runtime), ...system.map(systemComponent)],
    dependencies: [
      {
        ref: own,
        dependsOn: [...new Set([...refsOf(imported), ...bundled.map(refOf), ...system.map(({ purl }) => purl)])].sort(),
      },
      ...all.map((one) => ({ ref: refOf(one), dependsOn: refsOf(one.needs) })),
    ],
  };
  const hash = createHash("sha256").update(JSON.stringify(document)).digest("hex");
  return `${JSON.stringify({ ...document, serialNumber: `urn:uuid:${uuid(hash)}` }, null, 2)}\n`;
}

/** Returns the package URL of a package (purl, https://github.com/package-url/purl-spec). */
function refOf({ name, version }: LockedPackage): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function component(one: LockedPackage): object {
  return {
    type: "library",
    "bom-ref": refOf(one),
    name: one.name,
    version: one.version,
    purl: refOf(one),
    hashes: [{ alg: "SHA-512", content: Buffer.from(one.sha512, "base64").toString("hex") }],
    licenses: [/[ ()]/.test(one.license) ? { expression: one.license } : { license: { id: one.license } }],
  };
}

function systemComponent({ name, version, purl, license, sha256, sources }: SystemPackage): object {
  return {
    ...{ type: "library", "bom-ref": purl, name, version, purl },
    hashes: [{ alg: "SHA-256", content: sha256 }],
    licenses: [/ /.test(license) ? { expression: license } : { license: { id: license } }],
    externalReferences: [{ type: "source-distribution", url: sources }],
  };
}

/** Returns Node.js as a component, since scanners do not recognize it in the package that contains it. */
function runtime({ name, version, license }: LockedPackage): object[] {
  if (!/^node-linux-/.test(name)) return [];
  return [
    {
      type: "platform",
      "bom-ref": `node@${version}`,
      name: "node",
      version,
      purl: `pkg:generic/node@${version}`,
      cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
      licenses: [{ license: { id: license } }],
    },
  ];
}

/** Returns a UUID of version 8 (RFC 9562) from the digits of a hash. */
function uuid(hash: string): string {
  const variant = (8 + (Number.parseInt(hash[16] ?? "0", 16) % 4)).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}
