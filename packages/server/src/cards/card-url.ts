import { QRCardsError } from "../errors.ts";

/**
 * What is printed on a card: `HTTPS://HOST/C/XXXXXXXX`. Scheme and host are case-insensitive (RFC 3986 §6.2.2.1) and our
 * `/c/` is too; upper case lets the QR code use its alphanumeric mode: version 3 at level Q for hosts of up to 28
 * characters (port and its colon counted), at level H for up to 16. International hosts appear in punycode.
 *
 * @param publicUrl `PUBLIC_URL`: scheme, host and perhaps a port. A path below it is not supported: `/c/` stands at the
 *   root of a host, because a card outlives the place a proxy gives us today.
 * @param code as `createCardCode` or `parseCardCode` gave it.
 * @throws QRCardsError `config-invalid` when `publicUrl` is anything else: a card with a wrong address is never printed.
 */
export function cardUrl(publicUrl: string, code: string): string {
  const url = URL.parse(publicUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new QRCardsError(
      "config-invalid",
      "PUBLIC_URL must be http:// or https:// with a host and perhaps a port, without a path, a query or a password.",
    );
  }
  return `${url.origin}/c/${code}`.toUpperCase();
}
