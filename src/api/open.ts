import { hostname } from "node:os";
import { type ClusterSettings, openPosture } from "../posture/posture.ts";
import type { CertificateSettings } from "../server/authentication.ts";
import { certificateRenewals, readCertificates } from "../server/credentials.ts";
import type { AgentView } from "./agent-view.ts";
import { answererOf } from "./answer.ts";
import { openAssets } from "./assets.ts";
import { openCaptures } from "./captures.ts";
import type { Dependencies } from "./dependencies.ts";
import { openExceptions } from "./exceptions/open.ts";
import { openFollowers } from "./followers.ts";
import { openApi } from "./openapi.ts";
import type { OpenIdSettings } from "./openid/settings.ts";
import { servePage } from "./page.ts";
import { routes } from "./routes.ts";
import { openPageRules } from "./rule-settings/open.ts";
import { openSamples } from "./samples.ts";
import { openSignIns } from "./sign-ins.ts";
import { elasticsearchStore } from "./store/elasticsearch/elasticsearch-store.ts";
import type { FleetSettings } from "./store/elasticsearch/settings.ts";
import { journalStore } from "./store/journal/journal-store.ts";
import type { NewAuditEntry, Store } from "./store/store.ts";
import { openUsers } from "./users.ts";
import { watchSilence } from "./watch-silence.ts";

/** Settings of the page. All values can be sent to a worker. */
export interface PageSettings {
  readonly address: string;
  /** The port; 0 selects a free port. */
  readonly port: number;
  /**
   * Paths of PEM files. Without a certificate, TLS is disabled; without a key, the certificate file contains the key.
   */
  readonly certificate: string;
  readonly key: string;
  /** Allowed host names, in addition to IP addresses, `localhost` and the host name of the machine. */
  readonly hosts: readonly string[];
  /** Origin at which users reach the page; empty or absent if it is not configured. */
  readonly publicOrigin?: string;
  /** The OpenID Connect provider with which users sign in; absent if there is none. */
  readonly openId?: OpenIdSettings;
  /** Paths of the users file and the journal. */
  readonly users: string;
  readonly journal: string;
  /** The fleet's store, which replaces the journal as the source of alerts. */
  readonly fleet?: FleetSettings;
  /** Directories of the built page and of the captures for the playground. */
  readonly built: string;
  readonly samples: string;
  /** Directory and file name prefix of the flight recorder's captures. */
  readonly captures: string;
  /** The exceptions file. */
  readonly exceptions: string;
  /** The file of rules that were written or changed on the page. */
  readonly rules: string;
  /** The API server from which the posture is read; absent if there is none. */
  readonly cluster?: ClusterSettings;
}

export interface Page {
  /** The address of the page, such as `http://127.0.0.1:8766`. */
  readonly url: string;
  /** The token of the first user, if the user was just created. */
  readonly token: string | undefined;
  /** Number of connections closed because the limit was exceeded. */
  readonly evicted: number;
  /** Writes an entry to the audit log, if the store is available. */
  audit(entry: NewAuditEntry): void;
  close(): Promise<void>;
}

/**
 * Opens the page.
 * @throws Error with a message for the user
 */
export async function openPage(settings: PageSettings, sensor: AgentView): Promise<Page> {
  const certificates: CertificateSettings = {
    certificate: settings.certificate,
    key: settings.key,
    client_authority: "",
  };
  const tls = readCertificates(certificates, "web_page");
  const openIdModule = settings.openId === undefined ? undefined : await import("./openid/open.ts");
  const openId = settings.openId && openIdModule?.openOpenId(settings.openId);
  const policy = settings.openId && openIdModule?.policyOf(settings.openId);
  const { users, token } = openUsers(settings.users, policy, sensor.reportUsers);
  const store = await openStore(settings);
  const posture = openPosture(settings.cluster ?? NO_CLUSTER);
  try {
    const parts: Dependencies = {
      ...{ store, sensor, users, openId, secure: tls !== undefined },
      publicOrigin: settings.publicOrigin ?? "",
      samples: openSamples(settings.samples),
      captures: openCaptures(settings.captures),
      exceptions: openExceptions(settings.exceptions),
      pageRules: openPageRules(settings.rules),
      signIns: openSignIns(),
      followers: openFollowers(),
      posture,
      document: () => openApi(routes, sensor.status().version),
    };
    const served = await servePage(
      {
        address: settings.address,
        port: settings.port,
        tls,
        renewed: certificateRenewals(certificates, "web_page"),
        hosts: [hostname(), ...settings.hosts],
      },
      answererOf(routes, parts),
      openAssets(settings.built),
    );
    const silence = sensor.reportSilent && watchSilence(store, sensor.reportSilent);
    store.facts().catch(() => {}); // starts loading early; errors are reported by requests
    return {
      url: served.url,
      token,
      get evicted() {
        return served.evicted;
      },
      audit: (entry) => void store.addAuditEntry(entry).catch(() => {}),
      async close() {
        silence?.close();
        posture.close();
        await served.close();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

const NO_CLUSTER: ClusterSettings = { enabled: "false", kubeconfig: "", context: "", node: "", timeout: 0 };

async function openStore({ journal, fleet }: PageSettings): Promise<Store> {
  const local = journalStore(journal);
  if (fleet === undefined) return local;
  try {
    return await elasticsearchStore(fleet, local);
  } catch (error) {
    local.close();
    throw error;
  }
}
