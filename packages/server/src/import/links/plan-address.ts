/** The address of a page of the plan, for Markdown; `trips/service` puts the node's id in its place. */
export function planAddress(key: string, fragment: string): string {
  return `plan:${encodeForMarkdown(key)}${fragment}`;
}

/** Percent-encodes everything that could end an address in Markdown or in an HTML attribute. */
export function encodeForMarkdown(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
