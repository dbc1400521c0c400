import { median } from './measure.js';

/** A figure at a time; whatever unit. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** How a figure that jumps up and down went over time. */
export interface Trend {
  /** Medians of the samples around the start, the middle and the end. */
  readonly start: number;
  readonly middle: number;
  readonly end: number;
  readonly firstHalf: number;
  readonly secondHalf: number;
  /** Of the second half, for one unit of time: the median of the slopes between its points, which single peaks do not move. */
  readonly slope: number;
}

/** Share of all points that one median is made of. */
const WINDOW = 1 / 10;

/** The trend of points in order of time. */
export function trendOf(points: readonly Point[]): Trend {
  const width = Math.max(1, Math.round(points.length * WINDOW));
  const middleAt = Math.floor((points.length - width) / 2);
  const around = (from: number): number => median(points.slice(from, from + width).map(({ value }) => value));
  const [start, middle, end] = [around(0), around(middleAt), around(points.length - width)];
  return {
    start,
    middle,
    end,
    firstHalf: middle - start,
    secondHalf: end - middle,
    slope: slopeOf(points.slice(Math.floor(points.length / 2))),
  };
}

function slopeOf(points: readonly Point[]): number {
  const slopes = points.flatMap((one, index) =>
    points.slice(index + 1).map((other) => (other.value - one.value) / (other.at - one.at)),
  );
  return median(slopes);
}
