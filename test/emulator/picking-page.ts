import { PAGE_STYLE } from './consent-page.js';
import type { Call, Route } from './call.js';
import type { EmulatedItem } from './item.js';
import type { PickerContext } from './picker-routes.js';
import { bytes, type Reply } from './reply.js';

const PATH = /^\/picking\/(?<id>[^/]+?)(\/autoclose)?$/;
/** As many of the newest items stand on the page. */
const SHOWN = 400;

/** The picking page: to be driven by a browser. Whose it is says the cookie `account`; without one it is the owner's. */
export function pickingPageRoutes(context: PickerContext): Route[] {
  return [
    { name: 'picker.page', methods: ['GET'], path: PATH, handle: (call) => shown(context, call) },
    { name: 'picker.picked', methods: ['POST'], path: PATH, handle: (call) => decided(context, call) },
  ];
}

function shown(context: PickerContext, call: Call): Reply {
  const wrong = faultOf(context, call);
  if (wrong !== undefined) return wrong;
  const { id = '' } = call.params;
  const most = context.sessions.find(id)?.most ?? 0;
  const rows = newest(context).map(
    ({ number, filename, creationTime }) =>
      `<label><input type="checkbox" name="item" value="${number}"><span>${escaped(filename)} <small>${creationTime.slice(0, 10)}</small></span></label>`,
  );
  return page(
    200,
    'Select photos',
    `<h1>Select up to ${most} photos</h1><form method="post">${rows.join('\n')}
     <div class="buttons"><button name="decision" value="cancel">Cancel</button>
     <button class="main" name="decision" value="done">Done</button></div></form>`,
  );
}

async function decided(context: PickerContext, call: Call): Promise<Reply> {
  const wrong = faultOf(context, call);
  if (wrong !== undefined) return wrong;
  const { id = '' } = call.params;
  const form = new URLSearchParams((await call.body()).toString('utf8'));
  if (form.get('decision') !== 'done') return page(200, 'Cancelled', '<h1>Nothing was selected</h1>');
  const ticked = form.getAll('item').map(Number);
  const most = context.sessions.find(id)?.most ?? 0;
  if (ticked.length > most) return page(400, 'Too many', `<h1>You can select up to ${most} photos</h1>`);
  context.sessions.done(id, ticked);
  return page(200, 'Done', `<h1>Done! You selected ${ticked.length} items</h1><p>Go back to the app to go on.</p>`);
}

function faultOf({ sessions }: PickerContext, { params, headers }: Call): Reply | undefined {
  const session = sessions.find(params['id'] ?? '');
  if (session === undefined || session.picked !== undefined)
    return page(404, 'Gone', '<h1>This link does not work any more</h1>');
  const account = /(?:^|;\s*)account=([^;]*)/.exec(headers.cookie ?? '')?.[1] ?? 'owner';
  if (account === 'owner') return undefined;
  return page(403, 'Other account', '<h1>Switch accounts</h1><p>This link was made for another Google Account.</p>');
}

function newest({ library }: PickerContext): EmulatedItem[] {
  const found: EmulatedItem[] = [];
  for (const item of library.items()) if (found.push(item) === SHOWN) break;
  return found;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function page(status: number, title: string, main: string): Reply {
  const text = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>${title}</title><style>${PAGE_STYLE}</style><main>${main}</main></html>`;
  return bytes(status, 'text/html; charset=UTF-8', text);
}
