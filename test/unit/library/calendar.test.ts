import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { boundsOf, calendarOf, isDay, UTC } from '../../../src/library/calendar.js';

const at = (text: string): number => Date.parse(text);
const iso = (time: number): string => new Date(time).toISOString();

describe('the start of a day in a time zone', () => {
  const starts: [zone: string, day: [number, number, number], start: string, why: string][] = [
    ['UTC', [2024, 7, 19], '2024-07-19T00:00:00.000Z', 'UTC'],
    ['Europe/Rome', [2024, 1, 1], '2023-12-31T23:00:00.000Z', 'winter'],
    ['Europe/Rome', [2024, 7, 19], '2024-07-18T22:00:00.000Z', 'summer'],
    ['Europe/Rome', [2024, 3, 31], '2024-03-30T23:00:00.000Z', 'a day of 23 hours'],
    ['Europe/Rome', [2024, 4, 1], '2024-03-31T22:00:00.000Z', 'the day after'],
    ['Europe/Rome', [2024, 10, 27], '2024-10-26T22:00:00.000Z', 'a day of 25 hours'],
    ['America/Sao_Paulo', [2018, 11, 4], '2018-11-04T03:00:00.000Z', 'midnight is skipped'],
    ['America/Sao_Paulo', [2018, 2, 18], '2018-02-18T03:00:00.000Z', 'the hour before midnight comes twice'],
    ['America/Havana', [2023, 11, 5], '2023-11-05T04:00:00.000Z', 'the hour after midnight comes twice'],
    ['America/St_Johns', [2006, 10, 29], '2006-10-29T03:30:00.000Z', 'a minute after midnight clocks go back an hour'],
    ['Asia/Kathmandu', [2024, 7, 19], '2024-07-18T18:15:00.000Z', 'a quarter of an hour'],
    ['Pacific/Apia', [2011, 12, 30], '2011-12-30T10:00:00.000Z', 'a day that did not exist is empty'],
    ['Pacific/Apia', [2011, 12, 31], '2011-12-30T10:00:00.000Z', 'the day after it'],
    ['Europe/Rome', [1969, 12, 31], '1969-12-30T23:00:00.000Z', 'before 1970'],
    ['Europe/Rome', [1800, 1, 1], '1799-12-31T23:10:04.000Z', 'local mean time, with seconds'],
    ['Europe/Rome', [44, 3, 15], '0044-03-14T23:10:04.000Z', 'a year of two digits'],
  ];
  for (const [zone, day, start, why] of starts) {
    it(`${zone} ${day.join('-')} begins at ${start}: ${why}`, () => {
      assert.equal(iso(calendarOf(zone).startOfDay(...day)), start);
    });
  }

  it('runs over into the next month and year', () => {
    const rome = calendarOf('Europe/Rome');
    assert.equal(rome.startOfDay(2024, 12, 32), rome.startOfDay(2025, 1, 1));
    assert.equal(rome.startOfDay(2024, 13, 1), rome.startOfDay(2025, 1, 1));
  });
});

describe('the days of a time zone', () => {
  for (const zone of [
    'UTC',
    'Europe/Rome',
    'America/Sao_Paulo',
    'America/Havana',
    'America/St_Johns',
    'Pacific/Apia',
    'Asia/Tehran',
  ]) {
    it(`follow each other without a gap in ${zone}, and each moment belongs to the day whose bounds hold it`, () => {
      const calendar = calendarOf(zone);
      for (const year of [1912, 1969, 2006, 2011, 2018, 2024]) {
        for (let day = 1; day <= 366; day += 1) {
          const from = calendar.startOfDay(year, 1, day);
          const to = calendar.startOfDay(year, 1, day + 1);
          assert.ok(from <= to, iso(from));
          if (from === to) continue;
          for (const time of [from, from + 60_000, (from + to) / 2, to - 1]) {
            const date = calendar.dayOf(time);
            const bounds = boundsOf(calendar, date);
            assert.deepEqual([bounds.from, bounds.to], [from, to], `${iso(time)} is in ${JSON.stringify(date)}`);
          }
        }
      }
    });
  }

  it('are those that the clock on the wall shows', () => {
    const rome = calendarOf('Europe/Rome');
    assert.deepEqual(rome.dayOf(at('2023-12-31T22:59:59.999Z')), { year: 2023, month: 12, day: 31 });
    assert.deepEqual(rome.dayOf(at('2023-12-31T23:00:00Z')), { year: 2024, month: 1, day: 1 });
    assert.deepEqual(UTC.dayOf(at('2023-12-31T23:00:00Z')), { year: 2023, month: 12, day: 31 });
  });
});

describe('a period of the calendar', () => {
  it('reaches to the start of the next', () => {
    const rome = calendarOf('Europe/Rome');
    const bounds = (year: number, month: number, day: number): string[] => {
      const { from, to } = boundsOf(rome, { year, month, day });
      return [iso(from), iso(to)];
    };
    assert.deepEqual(bounds(2024, 0, 0), ['2023-12-31T23:00:00.000Z', '2024-12-31T23:00:00.000Z']);
    assert.deepEqual(bounds(2024, 3, 0), ['2024-02-29T23:00:00.000Z', '2024-03-31T22:00:00.000Z']);
    assert.deepEqual(bounds(2024, 3, 31), ['2024-03-30T23:00:00.000Z', '2024-03-31T22:00:00.000Z']);
  });

  it('is a day only where its month has it', () => {
    assert.ok(isDay(2024, 2, 29) && isDay(2023, 12, 31));
    assert.ok(!isDay(2023, 2, 29) && !isDay(2024, 2, 0) && !isDay(2024, 4, 31));
  });
});

describe('a time zone that is not known', () => {
  it('is refused', () => {
    for (const zone of ['Europe/Atlantis', '', 'somewhere']) assert.throws(() => calendarOf(zone), RangeError);
  });
});
