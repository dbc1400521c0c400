import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import { RemoteError } from '../../../../src/library/remote-error.js';
import { createHttp } from '../../../../src/remote/http/http.js';
import { makeThrowawayCertificate, type Validity } from '../../../emulator/throwaway-certificate.js';

/** Many records of TLS, no two alike. */
const BODY = Buffer.alloc(2_000_000);
for (let at = 0; at < BODY.length; at += 4) BODY.writeUInt32LE(at, at);

/** The error for a server on this machine that shows such a certificate; 'taken' where it is trusted. */
async function told(options: {
  host?: string;
  validity?: Validity;
  trusted?: boolean;
}): Promise<RemoteError | 'taken'> {
  const folder = mkdtempSync(join(tmpdir(), 'gpm-tls-'));
  const { key, cert, authorityFile } = makeThrowawayCertificate(
    folder,
    [options.host ?? 'localhost'],
    options.validity,
  );
  const server = createServer({ key, cert }, (_, response) => response.end(BODY));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const route = { env: {}, ...(options.trusted === false ? {} : { caFile: authorityFile }) };
  const http = createHttp({ route });
  try {
    const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}/`);
    const answer = await http.request({ method: 'GET', url, priority: 'foreground' });
    assert.ok(BODY.equals(await answer.read(BODY.length)));
    return 'taken';
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return error;
  } finally {
    await http.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

function says(found: RemoteError | 'taken', reason: string, hint: RegExp): void {
  assert.ok(found !== 'taken');
  assert.equal(found.kind, 'offline');
  assert.equal(found.reason, reason);
  assert.match(found.message, /certificate shown for localhost is not to be trusted/);
  assert.match(found.hint ?? '', hint);
}

describe('the certificate of a server', () => {
  it('a certificate of a named authority is accepted', async () => {
    assert.equal(await told({}), 'taken');
  });

  it('connections that trust a named authority share what was read of its file: none of them reads all authorities again', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'gpm-tls-'));
    const { key, cert, authorityFile } = makeThrowawayCertificate(folder, ['localhost']);
    const server = createServer({ key, cert }, (_, response) => setTimeout(() => response.end('x'), 50));
    const handshakes = new Set<unknown>();
    server.on('secureConnection', (socket) => handshakes.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const http = createHttp({ route: { env: {}, caFile: authorityFile } });
    // What `tls.connect` calls for options without a context.
    const reading = t.mock.method(tls, 'createSecureContext');
    try {
      const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}/`);
      const ask = async (): Promise<unknown> =>
        (await http.request({ method: 'GET', url, priority: 'foreground' })).read(1);
      await Promise.all(Array.from({ length: 8 }, ask));
      assert.equal(handshakes.size, 8);
      assert.equal(reading.mock.callCount(), 0);
    } finally {
      await http.close();
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('a certificate of an unknown authority is reported as a proxy that may inspect traffic', async () => {
    says(await told({ trusted: false }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', /company proxy.*--ca-cert/);
  });

  it('a certificate for another host name is reported', async () => {
    says(await told({ host: 'photos.example' }), 'ERR_TLS_CERT_ALTNAME_INVALID', /do not trust this network/);
  });

  it('a certificate that is not yet or no longer valid is reported as a clock that may be wrong', async () => {
    const clock = /clock of this machine/;
    const future = { from: '20700101000000Z', until: '20710101000000Z' };
    says(await told({ validity: future }), 'CERT_NOT_YET_VALID', clock);
    const past = { from: '20100101000000Z', until: '20110101000000Z' };
    says(await told({ validity: past }), 'CERT_HAS_EXPIRED', clock);
  });
});
