import { isDay } from '../library/calendar.js';

export function yearName(year: number): string {
  return String(year).padStart(4, '0');
}

export function monthName(year: number, month: number): string {
  return `${yearName(year)}-${twoDigits(month)}`;
}

export function dayName(year: number, month: number, day: number): string {
  return `${monthName(year, month)}-${twoDigits(day)}`;
}

/** The year that a folder name says, or undefined where it is not exactly four digits. */
export function parseYear(name: string): number | undefined {
  return name.length === 4 ? digits(name, 0, 4) : undefined;
}

/** The month (from 1) that `2024-07` says, if it is one of that year. */
export function parseMonth(name: string, year: number): number | undefined {
  if (name.length !== 7 || name[4] !== '-' || digits(name, 0, 4) !== year) return undefined;
  const month = digits(name, 5, 7);
  return month !== undefined && month >= 1 && month <= 12 ? month : undefined;
}

/** The month and day (from 1) that `2024-07-19` says, if it is a day of that year. */
export function parseDay(name: string, year: number): { month: number; day: number } | undefined {
  if (name.length !== 10 || name[7] !== '-') return undefined;
  const month = parseMonth(name.slice(0, 7), year);
  const day = digits(name, 8, 10);
  if (month === undefined || day === undefined) return undefined;
  return isDay(year, month, day) ? { month, day } : undefined;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

function digits(text: string, from: number, to: number): number | undefined {
  let number = 0;
  for (let index = from; index < to; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    number = number * 10 + digit;
  }
  return number;
}
