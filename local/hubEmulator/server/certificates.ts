// The X.509 library needs this polyfill before it is loaded.
import "reflect-metadata";
import { createPrivateKey, X509Certificate as NodeCertificate, type webcrypto } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
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

// Nothing else in the directory is read, written or deleted: it may hold certificates of the user's own.
const authorityName = "emulator-ca.pem";
const keyName = "emulator-ca-key.pem";
const lockName = "emulator-ca.lock";

/** How long to wait for another emulator that makes the authority, in milliseconds. */
const patience = 5_000;

/** Returns the file of the authority's certificate in a directory. */
export function authorityIn(directory: string): string {
  return join(resolve(directory), authorityName);
}

/** Returns what is wrong with a name for a certificate, or undefined. */
function nameFault(name: string): string | undefined {
  const isHost =
    /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*)$/;
  return isIP(name) !== 0 || isHost.test(name)
    ? undefined
    : `${JSON.stringify(name)} is neither a host name nor an IP address.`;
}

/**
 * Issues a certificate for a server on this machine: for 127.0.0.1, ::1, localhost and the given names.
 *
 * @param directory keeps the certificate authority, which is made if there is none, or if it is damaged or its time is
 * over; its key is readable by the user alone
 * @param names more host names or IP addresses
 */
export async function issueCertificate(
  directory: string,
  names: readonly string[],
): Promise<ServerCertificate> {
  for (const name of names) {
    const fault = nameFault(name);
    if (fault !== undefined) throw new Error(fault);
  }
  makeDirectory(directory);
  const authority = readAuthority(directory) ?? (await createAuthority(directory));
  const issuer = new X509Certificate(authority.cert);
  const signingKey = await crypto.subtle.importKey(
    "pkcs8",
    PemConverter.decodeFirst(authority.key),
    algorithm,
    false,
    ["sign"],
  );
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=notification-hubs-emulator",
    issuer: issuer.subject,
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
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { cert: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`The certificates can't be kept in ${directory}: ${reason}`);
  }
}

function validFor(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now();
  // Clocks of containers and virtual machines can be late.
  return { notBefore: new Date(now - day), notAfter: new Date(now + days * day) };
}

/** Returns the authority if it is whole and lasts longer than a new certificate. */
function readAuthority(directory: string): ServerCertificate | undefined {
  try {
    const cert = readFileSync(authorityIn(directory), "utf8");
    const key = readFileSync(join(directory, keyName), "utf8");
    const parsed = new NodeCertificate(cert);
    const lasts = Date.parse(parsed.validTo) > Date.now() + certificateDays * day;
    return lasts && parsed.checkPrivateKey(createPrivateKey(key)) ? { cert, key } : undefined;
  } catch {
    // A file is missing or damaged.
    return undefined;
  }
}

async function createAuthority(directory: string): Promise<ServerCertificate> {
  const lock = join(directory, lockName);
  const end = Date.now() + patience;
  while (!take(lock)) {
    const made = readAuthority(directory);
    if (made !== undefined) return made;
    // The emulator that took the lock was killed.
    if (Date.now() > end) rmSync(lock, { force: true });
    await delay(20);
  }
  try {
    const made = readAuthority(directory);
    if (made !== undefined) return made;
    const authority = await generateAuthority();
    replace(join(directory, keyName), authority.key, 0o600);
    replace(authorityIn(directory), authority.cert, 0o644);
    return authority;
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Returns whether this process has taken the lock. */
function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, "wx"));
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function replace(file: string, text: string, mode: number): void {
  const whole = `${file}.${process.pid}`;
  writeFileSync(whole, text, { mode });
  renameSync(whole, file);
}

async function generateAuthority(): Promise<ServerCertificate> {
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
  return { cert: authority.toString("pem"), key: await pemOf(keys.privateKey) };
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}
