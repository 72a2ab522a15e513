/** Returns a line for each kind of client: what makes it trust the emulator's certificate authority. */
export function howToTrust(authorityFile: string): readonly string[] {
  const file = /[^\w./:\\-]/.test(authorityFile) ? `"${authorityFile}"` : authorityFile;
  return [
    "",
    "Its certificate authority is made for this machine. A client trusts it with:",
    `  Node    NODE_EXTRA_CA_CERTS=${file}`,
    `  .NET    ${dotnet(file)}`,
    `  Java    keytool -importcert -noprompt -cacerts -storepass changeit -alias notification-hubs-emulator -file ${file}`,
    `  Python  REQUESTS_CA_BUNDLE=${file} SSL_CERT_FILE=${file}`,
    `  curl    --cacert ${file}`,
  ];
}

/** .NET uses the certificates of the system, which on Linux a variable replaces. */
function dotnet(file: string): string {
  switch (process.platform) {
    case "win32":
      return `certutil -user -addstore Root ${file}`;
    case "darwin":
      return `security add-trusted-cert -k ~/Library/Keychains/login.keychain-db ${file}`;
    default:
      return `SSL_CERT_FILE=${file}`;
  }
}
