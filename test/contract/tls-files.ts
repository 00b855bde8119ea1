/** Certificates for a test, made by openssl: an authority, the agent's, a client's, and a stranger's. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TlsFiles {
  readonly authority: string;
  /** Paths of certificate and key of each. */
  readonly agent: Pair;
  readonly client: Pair;
  /** Signed by nobody the agent knows. */
  readonly stranger: Pair;
}

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export function makeTlsFiles(directory: string): TlsFiles {
  const openssl = (...args: string[]) => {
    try {
      execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
    } catch (error) {
      throw new Error(`this test needs openssl (Debian package openssl): ${error instanceof Error ? error.message : error}`);
    }
  };
  const key = (name: string) => openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", `${name}.key`);
  const self = (name: string) => {
    key(name);
    openssl("req", "-x509", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-days", "2", "-out", `${name}.pem`);
  };
  const signed = (name: string) => {
    key(name);
    openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
    writeFileSync(join(directory, `${name}.ext`), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    const authority = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-extfile", `${name}.ext`];
    openssl("x509", "-req", "-in", `${name}.csr`, ...authority, "-days", "2", "-out", `${name}.pem`);
  };
  self("authority");
  self("stranger");
  signed("agent");
  signed("client");
  const pair = (name: string): Pair => ({ certificate: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) });
  return { authority: join(directory, "authority.pem"), agent: pair("agent"), client: pair("client"), stranger: pair("stranger") };
}
