/** A loader that gives each key in capitals, and what it was asked for. */
export function capitals() {
  const asked: (readonly string[])[] = [];
  const load = async (keys: readonly string[]) => {
    asked.push(keys);
    return new Map(keys.map((key) => [key, key.toUpperCase()]));
  };
  return { asked, load };
}
