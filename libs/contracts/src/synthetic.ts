/**
 * The tenant whose runs the health service makes to see that runs work. They are nobody's use: no metric of runs, requests or models counts
 * them, and their usage stands under this name alone.
 */
export const syntheticTenant = 'synthetic';
