/** A certificate for 127.0.0.1 that nobody else knows, and its key, as files. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";
import { temporaryFolder } from "./temporary-folder.ts";

export interface CertificateFiles {
  cert: string;
  key: string;
  /** What the first file holds. */
  pem: string;
}

export async function makeCertificate(folder = temporaryFolder()): Promise<CertificateFiles> {
  const made = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(cert, made.cert);
  writeFileSync(key, made.private, { mode: 0o600 });
  return { cert, key, pem: made.cert };
}
