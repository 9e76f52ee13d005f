/** The kind of a change by which nothing was changed: the trip is only to be read anew, and its copies may stand in meanwhile. */
export const SOFT_FLUSH = "soft-flush";
