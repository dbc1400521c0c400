import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { openCatalogWriter } from '../../../src/catalog/catalog-writer.js';
import { calendarOf } from '../../../src/library/calendar.js';
import { photo, plainNames, withCatalog } from './catalog-fixture.js';

const LATER = Date.parse('2026-03-01T00:00:00Z');
const ROME = calendarOf('Europe/Rome');

describe('a profile whose time zone changes', () => {
  it('dates those folders anew that list something else, and no other', () =>
    withCatalog(({ file, writer, put }) => {
      put(photo('noon', '2024-07-19T12:00:00Z'), photo('evening', '2024-07-31T22:30:00Z'));
      put(photo('new-year', '2023-12-31T23:30:00Z'), photo('june', '2023-06-01T12:00:00Z'));
      writer.close();
      const times = (): Map<string, number | undefined> => {
        const view = openCatalogView(file, { showArchived: false });
        const listings = [
          ...['years', 'months:2023', 'months:2024', 'days:2023', 'days:2024', 'year:2023', 'year:2024'],
          ...['month:2023-6', 'month:2023-12', 'month:2024-1', 'month:2024-7', 'month:2024-8'],
          ...['day:2024-7-19', 'day:2024-7-31', 'day:2024-8-1', 'day:2024-1-1', 'all'],
        ];
        const found = new Map(listings.map((listing) => [listing, view.listedAt(listing)]));
        view.close();
        return found;
      };
      const before = times();
      const follow = (): boolean => {
        const rome = openCatalogWriter(file, { names: plainNames, calendar: ROME, now: () => LATER });
        const isOther = rome.followCalendar();
        rome.close();
        return isOther;
      };
      assert.equal(follow(), true);
      const moved = [...times()].filter(([listing, time]) => time !== before.get(listing));
      assert.deepEqual(
        moved.map(([listing]) => listing).sort(),
        [
          ...[
            'day:2024-1-1',
            'day:2024-7-31',
            'day:2024-8-1',
            'days:2023',
            'days:2024',
            'month:2023-12',
            'month:2024-1',
          ],
          ...['month:2024-7', 'month:2024-8', 'months:2023', 'months:2024', 'year:2023', 'year:2024'],
        ].sort(),
      );
      assert.ok(moved.every(([, time]) => time === LATER));
      assert.equal(follow(), false, 'once');
    }));

  it('lists items under the days that its clocks show', () =>
    withCatalog(({ file, put }) => {
      put(photo('evening', '2024-07-31T22:30:00Z'), photo('new-year', '1969-12-31T23:30:00Z'));
      const view = openCatalogView(file, { showArchived: false, calendar: ROME });
      assert.deepEqual(
        [view.years(), view.months(2024), view.days(2024, 8), view.days(1970, 1)],
        [[2024, 1970], [8], [1], [1]],
      );
      const names = view.listItems({ by: 'date', year: 1970, month: 1, day: 1 }).map(({ name }) => name);
      assert.deepEqual(names, ['new-year.jpg']);
      assert.equal(view.findItem({ by: 'date', year: 2024, month: 7, day: 0 }, 'evening.jpg'), undefined);
      view.close();
    }));
});
