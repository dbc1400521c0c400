import { readTakeoutJson } from './takeout-json.js';

/** What a json file says, in short. */
export interface JsonFacts {
  readonly kind: 'sidecar' | 'album' | 'other' | 'unreadable';
  readonly title?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly takenAt?: number | undefined;
  /** What it says, as JSON; why it is unreadable. */
  readonly value?: string | undefined;
}

export function jsonFactsOf(text: string): JsonFacts {
  const json = readTakeoutJson(text);
  switch (json.kind) {
    case 'sidecar':
      return {
        kind: 'sidecar',
        title: json.values.title,
        takenAt: json.values.takenAt,
        value: JSON.stringify(json.values),
      };
    case 'album':
      return { kind: 'album', title: json.title, takenAt: json.date, value: JSON.stringify(json) };
    case 'other':
      return { kind: 'other' };
    case 'unreadable':
      return unreadableJson('it is no JSON');
  }
}

export const unreadableJson = (reason: string): JsonFacts => ({ kind: 'unreadable', value: reason });
