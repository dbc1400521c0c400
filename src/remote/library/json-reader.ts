/**
 * Reads proto3 JSON: default values are left out, 64-bit integers are strings or numbers. Wrong types count as absent.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The object that `text` spells, undefined where it spells anything else. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Empty where absent. */
export function textOf(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}

/** As {@link textOf}; empty also where it is longer than `most` characters. */
export function shortTextOf(object: JsonObject, name: string, most: number): string {
  const text = textOf(object, name);
  return text.length > most ? '' : text;
}

/** A whole number that is not negative, from a number or a decimal string. */
export function countOf(object: JsonObject, name: string): number | undefined {
  const value = object[name];
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

export function objectOf(object: JsonObject, name: string): JsonObject | undefined {
  return asObject(object[name]);
}

/** The objects of an array; empty where it is absent, anything else in it left out. */
export function objectsOf(object: JsonObject, name: string): JsonObject[] {
  const value = object[name];
  if (!Array.isArray(value)) return [];
  return value.map(asObject).filter((entry) => entry !== undefined);
}
