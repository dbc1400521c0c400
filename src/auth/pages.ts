import { createHash } from 'node:crypto';
import { READ_SCOPE, type Permission } from './scopes.js';

const STYLE = `
:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--text:#1d2129;--soft:#5b6472;
--line:#e3e6eb;--good:#12733b;--good-back:#e2f4e9;--bad:#a3261b;--bad-back:#fdeae7;--off:#6a7382}
@media(prefers-color-scheme:dark){:root{--ground:#14171c;--card:#1d2128;--text:#e9ecf1;
--soft:#a2abb9;--line:#2f353f;--good:#6fd79a;--good-back:#16341f;--bad:#ff9d92;--bad-back:#41201c;--off:#97a0ae}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;
padding:24px 16px;background:var(--ground);color:var(--text);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{width:100%;max-width:560px;background:var(--card);border:1px solid var(--line);border-radius:16px;padding:32px;overflow-wrap:anywhere}
.mark{width:48px;height:48px;border-radius:50%;display:flex;align-items:center;justify-content:center}
.mark svg{width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:2.6;stroke-linecap:round;stroke-linejoin:round}
.good{color:var(--good);background:var(--good-back)}
.bad{color:var(--bad);background:var(--bad-back)}
.soft-mark{color:var(--soft);background:var(--ground);border:1px solid var(--line)}
h1{font-size:25px;line-height:1.25;margin:20px 0 8px;font-weight:650;letter-spacing:-.01em}
h2{font-size:14px;margin:28px 0 4px;font-weight:600;color:var(--soft)}
p{margin:0 0 12px}
.soft{color:var(--soft)}
.after{margin-top:8px}
a{color:inherit;text-underline-offset:2px}
ul{list-style:none;margin:0;padding:0}
li{display:flex;gap:12px;padding:11px 0;border-top:1px solid var(--line)}
li:first-child{border-top:0}
li svg{flex:none;width:20px;height:20px;margin-top:3px;
fill:none;stroke:currentColor;stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}
li.yes svg{color:var(--good)}
li.no svg{color:var(--off)}
li small{display:block;font-size:14px;color:var(--soft)}
.box{margin-top:20px;padding:14px 16px;border-radius:10px;background:var(--ground);border:1px solid var(--line)}
.box p:last-child{margin:0}
footer{margin-top:26px;padding-top:16px;border-top:1px solid var(--line);font-size:14px;color:var(--soft)}
code{font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media(max-width:480px){main{padding:24px 20px}h1{font-size:22px}}
`;

const styleHash = createHash('sha256').update(STYLE).digest('base64');

/** The pages load nothing, run nothing, and cannot be framed. */
export const CONTENT_SECURITY_POLICY =
  `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; ` +
  "form-action 'none'; frame-ancestors 'none'";

const TICK = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12.5l4.5 4.5L19 7.5"/></svg>';
const CROSS = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 7l10 10M17 7L7 17"/></svg>';
const DASH = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 12h12"/></svg>';

/** The content of the success page. */
export interface SuccessFacts {
  readonly profile: string;
  readonly granted: readonly Permission[];
  readonly missing: readonly Permission[];
  /** Something that will go wrong later, such as a sign-in that ends after seven days. */
  readonly warnings: readonly string[];
}

export function successPage({ profile, granted, missing, warnings }: SuccessFacts): string {
  const yes = granted.map(({ allows }) => `<li class="yes">${TICK}<span>${escaped(capital(allows))}</span></li>`);
  const no = missing.map(
    ({ allows, without }) =>
      `<li class="no">${DASH}<span>${escaped(capital(allows))}<small>Without it, ${escaped(without)}.</small></span></li>`,
  );
  const warned = warnings.map((warning) => `<div class="box"><p>${linked(warning)}</p></div>`).join('');
  const isBlind = missing.some(({ scope }) => scope === READ_SCOPE);
  const rest =
    missing.length === 0
      ? ''
      : `<h2>Not granted</h2><ul>${no.join('')}</ul>` +
        '<p class="soft after">To grant the rest, run <code>gphotos-mount login</code> again ' +
        'and tick every box on the consent page.</p>';
  return page(
    'Signed in',
    (isBlind ? `<div class="mark soft-mark">${DASH}</div>` : `<div class="mark good">${TICK}</div>`) +
      `<h1>You are signed in${isBlind ? ', but nothing can be shown' : ''}</h1>` +
      `<p>gphotos-mount (profile <code>${escaped(profile)}</code>) may now:</p><ul>${yes.join('')}</ul>${rest}${warned}` +
      '<footer>You can close this tab and go back to the terminal. ' +
      'To take the access back at any time, run <code>gphotos-mount logout</code>.</footer>',
  );
}

export function failurePage(message: string, hint: string): string {
  const next = hint === '' ? '' : `<div class="box"><p>${linked(hint)}</p></div>`;
  return page(
    'Not signed in',
    `<div class="mark bad">${CROSS}</div><h1>You are not signed in</h1><p>${escaped(message)}</p>${next}` +
      '<footer>Nothing was stored. The terminal says the same; you can close this tab.</footer>',
  );
}

/** For a request that does not belong to the sign-in that is going on. `why` completes "it ...". */
export function refusalPage(why: string): string {
  return page(
    'Not accepted',
    `<div class="mark bad">${CROSS}</div><h1>This request was not accepted</h1><p>It ${escaped(why)}.</p>` +
      '<footer>Nothing was stored. If you are signing in, use the address that the terminal shows.</footer>',
  );
}

function page(title: string, content: string): string {
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width,initial-scale=1">' +
    `<title>${escaped(title)} – gphotos-mount</title><style>${STYLE}</style></head><body><main>${content}</main></body></html>`
  );
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Addresses become links, and may break after a slash so that they fit a telephone. */
function linked(text: string): string {
  return text
    .split(/(https:\/\/[^\s"'<>,)]+)/)
    .map((part, index) => {
      if (index % 2 === 0) return escaped(part);
      const shown = part.slice('https://'.length).split('/').map(escaped).join('/<wbr>');
      return `<a href="${escaped(part)}" rel="noreferrer">${shown}</a>`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
