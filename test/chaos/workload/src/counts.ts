/** How many commits a run of `steps` makes. */
export const STEPS = 8;
