import { BlockList, isIP } from 'node:net';
import { isLoopback } from '../../support/loopback.js';
import { ExitCode, UserError } from '../../support/user-error.js';

/** Environment variables. A lower-case name wins over its upper-case form; an empty value counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** An HTTP proxy. */
export interface Proxy {
  /** Host and port, without the password. */
  readonly name: string;
  /** Scheme, host and port. */
  readonly url: string;
  /** For the header `Proxy-Authorization`; undefined where no user name was given. A secret. */
  readonly authorization: string | undefined;
  /** The variable that names it, in capital letters. */
  readonly variable: string;
}

/** Selects the proxy for a URL. */
export interface ProxySettings {
  /** Undefined where the URL is asked directly. Throws UserError (config) where the variable that counts is wrong. */
  proxyFor(url: URL): Proxy | undefined;
}

/** The first one that is set counts. curl has no fallback to HTTP_PROXY for https; many programs have. */
const VARIABLES = {
  'https:': ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY'],
  'http:': ['HTTP_PROXY', 'ALL_PROXY'],
} as const;

/** The port that curl takes for a proxy that is given as a bare host. */
const CURL_PORT = 1080;

const EXAMPLE = 'http://proxy.example.org:3128';

/** The only reader of `HTTPS_PROXY`, `ALL_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
export function readProxySettings(env: Environment): ProxySettings {
  const isDirect = directHosts(valueOf(env, 'NO_PROXY') ?? '');
  const known = new Map<string, Proxy>();
  return {
    proxyFor(url) {
      if (isLoopback(url) || isDirect(url)) return undefined;
      for (const variable of VARIABLES[url.protocol === 'http:' ? 'http:' : 'https:']) {
        const value = valueOf(env, variable);
        if (value === undefined) continue;
        const proxy = known.get(variable) ?? parseProxy(variable, value);
        known.set(variable, proxy);
        return proxy;
      }
      return undefined;
    },
  };
}

/** The proxy for requests to Google; undefined if there is none. Throws UserError (config) if the setting is wrong. */
export function proxyToGoogle(env: Environment): Proxy | undefined {
  return readProxySettings(env).proxyFor(new URL('https://photoslibrary.googleapis.com/'));
}

function valueOf(env: Environment, variable: string): string | undefined {
  const lower = env[variable.toLowerCase()]?.trim() ?? '';
  const value = lower === '' ? (env[variable]?.trim() ?? '') : lower;
  return value === '' ? undefined : value;
}

/** Takes `host`, `host:port` and URLs, with or without `user:password@`. Error messages never repeat the value. */
function parseProxy(variable: string, value: string): Proxy {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  if (scheme?.startsWith('socks') === true)
    throw wrong(
      `${variable} names a SOCKS proxy, which gphotos-mount cannot use.`,
      `Set HTTPS_PROXY to an HTTP proxy such as ${EXAMPLE}, or unset ${variable} if Google can be reached directly.`,
    );
  const address = scheme === undefined ? `http://${value}` : value;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || !/^(?:[\w.-]+|\[.+\])$/.test(url.hostname))
    throw wrong(
      `${variable} is not the address of an http or https proxy.`,
      `Set it to something like ${EXAMPLE}, or unset it.`,
    );
  const port = url.port || portIn(value) || (scheme === undefined ? CURL_PORT : url.protocol === 'https:' ? 443 : 80);
  const name = `${url.hostname}:${port}`;
  const user = decoded(url.username);
  return {
    name,
    url: `${url.protocol}//${name}`,
    authorization:
      user === '' ? undefined : `Basic ${Buffer.from(`${user}:${decoded(url.password)}`).toString('base64')}`,
    variable,
  };
}

/** The port as it stands in the text: URL drops the usual port of the scheme. */
function portIn(value: string): string | undefined {
  return /:(\d+)\/*$/.exec(value)?.[1];
}

/** A password may hold a percent sign that begins no escape. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/**
 * Whether `NO_PROXY` names the host of a URL, by the rules of curl: entries are separated by commas or blanks; `*` is
 * all hosts; a domain includes its subdomains; addresses and ranges such as 10.0.0.0/8 count. `*.example.org` and
 * `host:port` are accepted too.
 */
function directHosts(noProxy: string): (url: URL) => boolean {
  const entries = noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  if (entries.includes('*')) return () => true;
  const ranges = new BlockList();
  const hosts: { readonly host: string; readonly port: string | undefined }[] = [];
  for (const entry of entries) {
    if (addRange(ranges, entry)) continue;
    const [, host = entry, port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
    hosts.push({ host: bare(host).replace(/^\*?\.+/, ''), port });
  }
  return (url) => {
    const host = bare(url.hostname);
    const port = url.port || (url.protocol === 'http:' ? '80' : '443');
    const version = isIP(host);
    if (version !== 0 && ranges.check(host, version === 6 ? 'ipv6' : 'ipv4')) return true;
    return hosts.some(
      (entry) =>
        (entry.port === undefined || entry.port === port) && (host === entry.host || host.endsWith(`.${entry.host}`)),
    );
  };
}

/** False where the entry is no address and no range of addresses, or one with a port. */
function addRange(ranges: BlockList, entry: string): boolean {
  if (/\]:\d+$/.test(entry)) return false;
  const [address = '', bits] = bare(entry).split('/');
  const version = isIP(address);
  if (version === 0) return false;
  const most = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? most : Number(bits);
  if (Number.isInteger(prefix) && prefix >= 0 && prefix <= most)
    ranges.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  return true;
}

/** Without the brackets of an IPv6 address and without the dot that ends a full host name. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]/, '$1').replace(/\.$/, '');
}

function wrong(message: string, hint: string): UserError {
  return new UserError(ExitCode.config, message, hint);
}
