/** What the library and the sitemap show of a trip's own page; its other columns are the trip's affair alone. */
export const CATALOG_COLUMNS = ["trip_id", "parent_id", "title", "state", "language", "direction", "content_hash"];
