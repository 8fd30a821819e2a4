/** The TLS certificate and its key, read from their files and checked to belong together. */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Config } from "./config.ts";
import { StartError } from "./store/failures.ts";

export interface Certificate {
  /** PEM: the server's own certificate first, then those between it and the root. */
  readonly cert: string;
  /** PEM, not encrypted. */
  readonly key: string;
  /** When it expires, in ms since 1970. */
  readonly endsAt: number;
  /** Differs where the files do. */
  readonly fingerprint: string;
}

/** What the settings name, as it was when last read. */
export class CertificateFiles {
  readonly #certFile: string;
  readonly #keyFile: string;
  #current: Certificate;

  /**
   * @param certFile PEM file @param keyFile PEM file
   * @throws StartError naming the setting whose file cannot be read or is no such PEM, or both where they are no pair
   */
  constructor(certFile: string, keyFile: string) {
    this.#certFile = certFile;
    this.#keyFile = keyFile;
    this.#current = this.#read();
  }

  get current(): Certificate {
    return this.#current;
  }

  /** Reads the files again; true where they are others. @throws StartError as above; `current` then stays */
  refresh(): boolean {
    const { fingerprint } = this.#current;
    this.#current = this.#read();
    return this.#current.fingerprint !== fingerprint;
  }

  #read(): Certificate {
    const cert = named("TLS_CERT", () => readFileSync(this.#certFile, "utf8"));
    const key = named("TLS_KEY", () => readFileSync(this.#keyFile, "utf8"));
    const certificate = named("TLS_CERT", () => new X509Certificate(cert));
    const privateKey = named("TLS_KEY", () => createPrivateKey(key));
    if (!certificate.checkPrivateKey(privateKey)) {
      throw new StartError("TLS_CERT, TLS_KEY: the key is another certificate's");
    }
    return {
      cert,
      key,
      endsAt: Date.parse(certificate.validTo),
      fingerprint: createHash("sha256").update(cert).update(key).digest("hex"),
    };
  }
}

/** @returns undefined without TLS. @throws StartError as `CertificateFiles` */
export function certificateOf({ TLS_CERT, TLS_KEY }: Config): CertificateFiles | undefined {
  return TLS_CERT === undefined || TLS_KEY === undefined ? undefined : new CertificateFiles(TLS_CERT, TLS_KEY);
}

function named<T>(setting: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as { code?: string };
    const reason = code === "ENOENT" ? "no such file" : code === "EACCES" ? "may not be read" : "is no such PEM file";
    throw new StartError(`${setting}: ${reason}`);
  }
}
