import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { darwinRoute, linuxRoute } from '../../../src/daemon/default-route.js';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT   \n';
const ETHERNET = 'eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0 \n';
const WIRELESS = 'wlan0\t00000000\tFE01A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0 \n';
const LINK = 'eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0 \n';
const ZERO = '0'.repeat(32);
const ROUTER = 'fe800000000000000000000000000001';
const REFUSING = `${ZERO} 00 ${ZERO} 00 ${ZERO} ffffffff 00000001 00000000 00200200       lo\n`;
const six = (uses: string): string => `${ZERO} 00 ${ZERO} 00 ${ROUTER} 00000064 00000002 ${uses} 00450003     eth0\n`;

describe('the default route of Linux', () => {
  it('the default route of Linux is that of the lowest metric, whatever the order of the lines', () => {
    const way = linuxRoute(HEAD + WIRELESS + LINK + ETHERNET, '');
    assert.equal(way, 'eth0 0101A8C0');
    assert.equal(linuxRoute(HEAD + ETHERNET + LINK + WIRELESS, ''), way);
    assert.equal(linuxRoute(HEAD + WIRELESS + LINK, ''), 'wlan0 FE01A8C0');
  });

  it('the default route of Linux is empty where there is none, also beside the one of IPv6 that refuses everything', () => {
    assert.equal(linuxRoute(HEAD + LINK, REFUSING), '');
    assert.equal(linuxRoute('', ''), '');
  });

  it('the default route of Linux of IPv6 stays the same while its counters move', () => {
    const way = linuxRoute(HEAD, six('00000001') + REFUSING);
    assert.equal(way, `eth0 ${ROUTER}`);
    assert.equal(linuxRoute(HEAD, REFUSING + six('0000ff00')), way);
  });
});

describe('the default route of macOS', () => {
  const answer = (text: string) =>
    `   route to: default\ndestination: default\n       mask: default\n${text}      flags: <UP,GATEWAY>\n`;

  it('the default route of macOS is interface and gateway of what route(8) says for both families', async () => {
    const asked: string[] = [];
    const way = await darwinRoute((args) => {
      asked.push(args.join(' '));
      const isSix = args.includes('-inet6');
      return Promise.resolve(
        isSix
          ? answer('    gateway: fe80::1%en0\n  interface: en0\n')
          : answer('    gateway: 192.168.1.1\n  interface: en0\n'),
      );
    });
    assert.equal(way, 'en0 192.168.1.1, en0 fe80::1%en0');
    assert.deepEqual(asked, ['-n get -inet default', '-n get -inet6 default']);
  });

  it('the default route of macOS is the interface alone for a tunnel without a gateway, and empty where route(8) knows none', async () => {
    assert.equal(
      await darwinRoute((args) => Promise.resolve(args.includes('-inet6') ? '' : answer('  interface: utun4\n'))),
      'utun4',
    );
    assert.equal(await darwinRoute(() => Promise.resolve('')), '');
  });
});
