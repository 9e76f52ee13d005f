/** Siblings are this far apart, so that most insertions move nobody. */
export const POSITION_GAP = 1024;
