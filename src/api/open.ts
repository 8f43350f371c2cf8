import { hostname } from "node:os";

import type { CertificateSettings } from "../server/authentication.ts";
import { certificateRenewals, readCertificates } from "../server/credentials.ts";
import type { AgentView } from "./agent-view.ts";
import { answererOf } from "./answer.ts";
import { openAssets } from "./assets.ts";
import type { Dependencies } from "./dependencies.ts";
import { openFollowers } from "./followers.ts";
import { openApi } from "./openapi.ts";
import { servePage } from "./page.ts";
import { routes } from "./routes.ts";
import { openSamples } from "./samples.ts";
import { openSignIns } from "./sign-ins.ts";
import { elasticsearchStore } from "./store/elasticsearch/elasticsearch-store.ts";
import type { FleetSettings } from "./store/elasticsearch/settings.ts";
import { journalStore } from "./store/journal/journal-store.ts";
import type { Store } from "./store/store.ts";
import { openUsers } from "./users.ts";

/** The address of the page, and the files that it shows. Everything in it can be sent to a worker. */
export interface PageSettings {
  readonly address: string;
  /** 0 takes one that is free. */
  readonly port: number;
  /** Paths of PEM files; empty: none. */
  readonly certificate: string;
  readonly key: string;
  /** Host names of the server, beside IP addresses, `localhost` and the machine's own. */
  readonly hosts: readonly string[];
  /** Files: the users, the journal. */
  readonly users: string;
  readonly journal: string;
  /** The fleet's store that alerts are read from in place of the journal. */
  readonly fleet?: FleetSettings;
  /** Folders: the built page, and captures for the playground. */
  readonly built: string;
  readonly samples: string;
}

export interface Page {
  /** Where it is: `http://127.0.0.1:8766`. */
  readonly url: string;
  /** The token of the first user, if it was created now. */
  readonly token: string | undefined;
  close(): Promise<void>;
}

/**
 * Opens the page.
 * @throws Error with one sentence
 */
export async function openPage(settings: PageSettings, sensor: AgentView): Promise<Page> {
  const certificates: CertificateSettings = {
    certificate: settings.certificate,
    key: settings.key,
    client_authority: "",
  };
  const tls = readCertificates(certificates, "web_page");
  const { users, token } = openUsers(settings.users);
  const store = await openStore(settings);
  try {
    const parts: Dependencies = {
      ...{ store, sensor, users, secure: tls !== undefined },
      samples: openSamples(settings.samples),
      signIns: openSignIns(),
      followers: openFollowers(),
      document: () => openApi(routes, sensor.status().version),
    };
    const { url, close } = await servePage(
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
    store.facts().catch(() => {}); // it begins to read, before anybody asks; what is wrong with it is said to who asks
    return {
      url,
      token,
      async close() {
        await close();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

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
