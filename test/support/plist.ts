export type Plist = string | number | boolean | Plist[] | { [key: string]: Plist };

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads a property list of macOS in XML, strictly: throws where it is not well formed. */
export function parsePlist(text: string): Plist {
  const tokens = text
    .replace(/^<\?xml[^>]*\?>/, '')
    .replace(/<!DOCTYPE[^>]*>|<!--(?:(?!--)[^])*-->/g, '')
    .match(/<[^<>]*>|[^<>]+/g);
  if (tokens === null) throw new Error('an empty property list');
  let at = 0;
  const blank = (): void => {
    while (tokens[at]?.trim() === '') at += 1;
  };
  const take = (wanted?: string): string => {
    blank();
    const token = tokens[at++];
    if (token === undefined || (wanted !== undefined && token !== wanted))
      throw new Error(`${wanted ?? 'more'} is wanted, not ${String(token)}`);
    return token;
  };
  const words = (end: string): string => {
    const raw = tokens[at]?.startsWith('<') === false ? (tokens[at++] ?? '') : '';
    take(end);
    return raw.replace(/&([^;]*)(;?)/g, (whole, name: string, semicolon: string) => {
      const found = /^#\d+$/.test(name) ? String.fromCodePoint(Number(name.slice(1))) : ENTITIES[name];
      if (found === undefined || semicolon === '') throw new Error(`${whole} is no entity`);
      return found;
    });
  };
  const isNext = (token: string): boolean => {
    blank();
    if (tokens[at] !== token) return false;
    at += 1;
    return true;
  };
  const value = (): Plist => {
    const token = take();
    switch (token) {
      case '<string>':
        return words('</string>');
      case '<integer>':
        return Number(words('</integer>'));
      case '<true/>':
        return true;
      case '<false/>':
        return false;
      case '<array>': {
        const items: Plist[] = [];
        while (!isNext('</array>')) items.push(value());
        return items;
      }
      case '<dict>': {
        const pairs: Record<string, Plist> = {};
        while (!isNext('</dict>')) {
          take('<key>');
          pairs[words('</key>')] = value();
        }
        return pairs;
      }
      default:
        throw new Error(`${token} is no value`);
    }
  };
  take('<plist version="1.0">');
  const found = value();
  take('</plist>');
  blank();
  if (at < tokens.length) throw new Error('words after the end');
  return found;
}
