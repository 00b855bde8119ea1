/** The three files of mutual TLS, each checked on its own, so that what is wrong is named before a client finds out. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Log, TlsSettings } from "../../core/plugin.ts";

export interface Credentials {
  readonly cert: string;
  readonly key: string;
  readonly ca: string[];
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** @throws Error of one line that names the file and what is wrong with it. */
export function readCredentials({ certificate, key, authorities }: TlsSettings, log: Log): Credentials {
  const cert = read(certificate, "certificate");
  const chain = certificates(cert, certificate, "certificate");
  const keyText = read(key, "key");
  const ca = read(authorities, "authorities file");
  const trusted = certificates(ca, authorities, "authorities file");
  const own = chain[0];
  if (own === undefined || !own.checkPrivateKey(privateKey(keyText, key))) {
    throw new Error(`the TLS key '${key}' does not belong to the certificate '${certificate}'`);
  }
  const now = Date.now();
  if (Date.parse(own.validTo) < now) log.warning(`the TLS certificate '${certificate}' has expired (${own.validTo})`);
  else if (Date.parse(own.validFrom) > now) log.warning(`the TLS certificate '${certificate}' is not valid yet (${own.validFrom})`);
  return { cert, key: keyText, ca: trusted.map(String) };
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`the TLS ${what} '${path}' can't be read: ${code === "ENOENT" ? "it is not there" : (code ?? error)}`);
  }
}

function certificates(text: string, path: string, what: string): X509Certificate[] {
  const found = text.match(PEM_CERTIFICATE);
  if (found === null) throw new Error(`the TLS ${what} '${path}' has no certificate in PEM form`);
  try {
    return found.map((pem) => new X509Certificate(pem));
  } catch (error) {
    throw new Error(`the TLS ${what} '${path}' has a damaged certificate (${reason(error)})`);
  }
}

function privateKey(text: string, path: string): KeyObject {
  if (text.includes("ENCRYPTED")) throw new Error(`the TLS key '${path}' has a passphrase; the agent needs one without`);
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new Error(`the TLS key '${path}' is no private key in PEM form (${reason(error)})`);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
