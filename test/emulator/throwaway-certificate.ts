import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

export interface ThrowawayCertificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** PEM file with the authority that signed it, for SSL_CERT_FILE. */
  readonly authorityFile: string;
}

/** When a certificate is valid, as openssl writes it: `20300101000000Z`. */
export interface Validity {
  readonly from: string;
  readonly until: string;
}

/**
 * Makes an authority for one day in `folder`, and a certificate of it for `hosts`, for one day as well unless told otherwise.
 * Needs the openssl program.
 */
export function makeThrowawayCertificate(
  folder: string,
  hosts: readonly string[],
  validity?: Validity,
): ThrowawayCertificate {
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
    `subjectAltName=${hosts.map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`).join(',')}\nextendedKeyUsage=serverAuth\n`,
  );
  const signed = ['-in', file('host.csr'), '-extfile', file('host.ext'), '-out', file('host.pem')];
  if (validity === undefined) {
    const authority = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'];
    openssl('x509', '-req', ...authority, '-days', '1', ...signed);
  } else {
    // Only this command of openssl takes a beginning.
    writeFileSync(file('index.txt'), '');
    writeFileSync(
      file('ca.conf'),
      `[ca]\ndefault_ca=c\n[c]\ndatabase=${file('index.txt')}\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n`,
    );
    const authority = ['-config', file('ca.conf'), '-cert', file('ca.pem'), '-keyfile', file('ca.key')];
    openssl('ca', '-batch', ...authority, '-startdate', validity.from, '-enddate', validity.until, ...signed);
  }
  return { key: readFileSync(file('host.key')), cert: readFileSync(file('host.pem')), authorityFile: file('ca.pem') };
}
