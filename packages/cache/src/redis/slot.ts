/** How many there are. */
export const SLOTS = 16_384;

/** CRC-16/XMODEM (polynomial 0x1021, begins with 0) of each byte, as the Redis cluster specification wants it. */
const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  return crc;
});

/**
 * The slot that a key is in on a cluster: of the text between the first `{` and the next `}`, if both are there and something is
 * between them, else of the whole key.
 */
export function slotOf(key: string): number {
  const from = key.indexOf("{") + 1;
  const to = key.indexOf("}", from);
  let crc = 0;
  for (const byte of Buffer.from(from > 0 && to > from ? key.slice(from, to) : key)) {
    crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ byte]!;
  }
  return crc % SLOTS;
}
