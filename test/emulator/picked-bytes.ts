import type { Call, Route } from './call.js';
import type { MediaHostContext } from './media-host.js';
import { download } from './media-host.js';
import type { PickedFault, PickingSessions } from './picking-sessions.js';
import { bytes, goneImage, html, type Reply } from './reply.js';
import { bytesOf } from './sample-bytes.js';

export interface PickedBytesContext extends MediaHostContext {
  readonly sessions: PickingSessions;
}

/** The host that serves bytes of picked items: to those who send the access token, while the session lives. */
export function pickedBytesRoutes(context: PickedBytesContext): Route[] {
  const { urls, library } = context;
  const numberOf = ({ params }: Call): number | undefined => urls.read(params['token'] ?? '')?.number;
  const shared = {
    methods: ['GET', 'HEAD'],
    mediaId: (call: Call) => {
      const number = numberOf(call);
      return number === undefined ? undefined : library.idOf(number);
    },
  };
  return [
    {
      ...shared,
      name: 'media.picked',
      path: /^\/ppa\/(?<session>[\w-]+)\/(?<token>[\w-]+)=(?<form>dv?)$/,
      handle: (call) => serve(context, call),
    },
    { ...shared, name: 'media.pickedBare', path: /^\/ppa\//, handle: () => html(403, 'Forbidden') },
  ];
}

async function serve(context: PickedBytesContext, call: Call): Promise<Reply> {
  const { urls, library, sessions, switches, hasValidToken } = context;
  const { session = '', token = '', form = '' } = call.params;
  const read = urls.read(token);
  const isOpen = read?.state === 'valid' && sessions.find(session) !== undefined && !switches.pickedAccessTaken;
  if (!isOpen || call.headers.authorization === undefined || !hasValidToken(call)) return html(403, 'Forbidden');
  const item = library.itemAt(read.number);
  if (item === undefined || (form === 'dv' && item.kind === 'photo')) return goneImage();
  const right = download(context, call, item, await bytesOf(item), form === 'dv' ? 'video/mp4' : 'image/jpeg');
  const reply = { ...right, headers: { ...right.headers, 'Content-Disposition': 'inline;filename="picked"' } };
  const fault = take(sessions, item.number);
  return fault === undefined ? reply : replyWith(fault, reply);
}

function take({ faults }: PickingSessions, number: number): PickedFault | undefined {
  const fault = faults.get(number);
  if (fault === undefined) return undefined;
  if (fault.times <= 1) faults.delete(number);
  else faults.set(number, { ...fault, times: fault.times - 1 });
  return fault;
}

function replyWith(fault: PickedFault, right: Reply): Reply {
  switch (fault.type) {
    case 'status':
      return fault.status === 404 ? goneImage() : html(fault.status, 'Error');
    case 'page':
      return bytes(200, fault.contentType, '<!DOCTYPE html>\n<html><title>Sign in to the network</title></html>\n');
    case 'length': {
      const length = Number(right.headers['Content-Length']) + fault.by;
      return { ...right, headers: { ...right.headers, 'Content-Length': String(length) } };
    }
    case 'cut':
      return { ...right, transport: { resetAfter: fault.afterBytes } };
    case 'slow':
      return { ...right, transport: { bytesPerSecond: fault.bytesPerSecond } };
  }
}
