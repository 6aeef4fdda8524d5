import type { Site } from '@lumina/testbed';

/**
 * The networks of a stack. `near`: the first of each kind, with the master that the stack begins with; `far`: the others; `between`: what
 * both sides reach whatever happens.
 */
export interface Terrain {
  site(side: 'near' | 'far' | 'between'): Site;
  /** Takes away what was set up. */
  clear(): Promise<void>;
}

/** All side by side on the loopback interface. */
export const noTerrain: Terrain = {
  site: () => ({ host: '127.0.0.1', prefix: [] }),
  clear: async () => undefined,
};

export const loopback = async (): Promise<Terrain> => noTerrain;
