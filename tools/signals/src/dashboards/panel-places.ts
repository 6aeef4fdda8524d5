import type { Dashboard, Panel } from './dashboard';

/** Of the grid that panels lie on. */
export const columns = 24;
const size = { glance: { w: 6, h: 4 }, lines: { w: 12, h: 8 } } as const;
const sizeOf = ({ isGlance }: Panel) => (isGlance === true ? size.glance : size.lines);

export interface GridPlace {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The place of each panel, row by row from left to right; the first line of a row is its heading. */
export function placesOf({ rows }: Dashboard): {
  readonly headings: readonly number[];
  readonly at: ReadonlyMap<Panel, GridPlace>;
  /** Of the whole, in rows of the grid. */
  readonly height: number;
} {
  const at = new Map<Panel, GridPlace>();
  const headings: number[] = [];
  let y = 0;
  for (const { panels } of rows) {
    headings.push(y);
    y += 1;
    let [x, lowest] = [0, y];
    for (const panel of panels) {
      const { w, h } = sizeOf(panel);
      if (x + w > columns) [x, y] = [0, lowest];
      at.set(panel, { x, y, w, h });
      x += w;
      lowest = Math.max(lowest, y + h);
    }
    y = lowest;
  }
  return { headings, at, height: y };
}
