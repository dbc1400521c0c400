import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ThrowawayCertificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** PEM file with the authority that signed it, for SSL_CERT_FILE. */
  readonly authorityFile: string;
}

/** Makes an authority for one day in `folder`, and a certificate of it for `hosts`. Needs the openssl program. */
export function makeThrowawayCertificate(folder: string, hosts: readonly string[]): ThrowawayCertificate {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    ...['req', '-x509', ...newKey, '-days', '1', '-subj', '/CN=Throw-away test authority'],
    ...['-addext', 'keyUsage=critical,keyCertSign', '-keyout', file('ca.key'), '-out', file('ca.pem')],
  );
  openssl(
    'req',
    ...newKey,
    '-subj',
    `/CN=${hosts[0] ?? 'localhost'}`,
    '-keyout',
    file('host.key'),
    '-out',
    file('host.csr'),
  );
  writeFileSync(
    file('host.ext'),
    `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}\nextendedKeyUsage=serverAuth\n`,
  );
  openssl(
    ...['x509', '-req', '-in', file('host.csr'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'],
    ...['-days', '1', '-extfile', file('host.ext'), '-out', file('host.pem')],
  );
  return { key: readFileSync(file('host.key')), cert: readFileSync(file('host.pem')), authorityFile: file('ca.pem') };
}
