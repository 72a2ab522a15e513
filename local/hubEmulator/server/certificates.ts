// The X.509 library needs this polyfill before it is loaded.
import "reflect-metadata";
import { X509Certificate as NodeCertificate, type webcrypto } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isIP } from "node:net";
import { dirname, join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate with its key, both in PEM format. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 24 * 60 * 60 * 1_000;

/** The authority is trusted by hand, so it lasts. */
const authorityDays = 3_650;
/** Some platforms refuse a server's certificate that is valid for longer. */
const certificateDays = 397;

const authorityFile = "ca.pem";
const keyFile = "ca-key.pem";

/** Returns the file of the authority's certificate in a directory. */
export function authorityIn(directory: string): string {
  return join(directory, authorityFile);
}

/**
 * Issues a certificate for a server on this machine: for 127.0.0.1, ::1, localhost and the given names.
 *
 * @param directory keeps the certificate authority, which is made if there is none or its time is over; its key is
 * readable by the user alone
 * @param names more host names or IP addresses
 */
export async function issueCertificate(
  directory: string,
  names: readonly string[],
): Promise<ServerCertificate> {
  if (!isUsable(directory)) await createAuthority(directory);
  const authority = new X509Certificate(readFileSync(authorityIn(directory), "utf8"));
  const signingKey = await crypto.subtle.importKey(
    "pkcs8",
    PemConverter.decodeFirst(readFileSync(join(directory, keyFile), "utf8")),
    algorithm,
    false,
    ["sign"],
  );
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=notification-hubs-emulator",
    issuer: authority.subject,
    ...validFor(certificateDays),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        ["127.0.0.1", "::1", "localhost", ...names].map((value) => ({
          type: isIP(value) === 0 ? "dns" : "ip",
          value,
        })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority),
    ],
  });
  return { cert: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
}

function validFor(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now();
  // Clocks of containers and virtual machines can be late.
  return { notBefore: new Date(now - day), notAfter: new Date(now + days * day) };
}

/** Returns whether the directory has an authority whose time lasts longer than a new certificate's. */
function isUsable(directory: string): boolean {
  if (!existsSync(authorityIn(directory)) || !existsSync(join(directory, keyFile))) return false;
  const { validTo } = new NodeCertificate(readFileSync(authorityIn(directory)));
  return Date.parse(validTo) > Date.now() + certificateDays * day;
}

async function createAuthority(directory: string): Promise<void> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const authority = await X509CertificateGenerator.createSelfSigned({
    name: "CN=notification-hubs-emulator on this machine",
    keys,
    ...validFor(authorityDays),
    signingAlgorithm: algorithm,
    extensions: [
      // It signs servers and no other authorities.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  mkdirSync(dirname(directory), { recursive: true });
  const fresh = mkdtempSync(`${directory}-`);
  writeFileSync(join(fresh, keyFile), await pemOf(keys.privateKey), { mode: 0o600 });
  writeFileSync(authorityIn(fresh), authority.toString("pem"));
  chmodSync(fresh, 0o755);
  if (existsSync(directory) && !isUsable(directory)) rmSync(directory, { recursive: true });
  try {
    renameSync(fresh, directory);
  } catch (error) {
    // Another emulator was faster.
    rmSync(fresh, { recursive: true });
    if (!isUsable(directory)) throw error;
  }
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}
