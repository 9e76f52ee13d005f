import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** By the code of Node's error. Everything else is 400. */
const STATUSES: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

/**
 * Ends a connection on which something came that Node cannot read as a request, or that took too long to become one.
 * Whoever sends that is no browser, so there is no page.
 *
 * @param response the answer to the connection's last request, if there was one: while it is under way it goes out whole
 *   and is the last, for a second one would be taken for the answer to it
 */
export function endBrokenConnection(code: string | undefined, socket: Socket, response: ServerResponse | undefined): void {
  if (response === undefined || response.writableFinished) {
    const status = STATUSES[code ?? ""] ?? 400;
    if (socket.writable) socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    socket.destroySoon();
  } else if (response.headersSent) {
    socket.destroySoon();
  } else {
    response.shouldKeepAlive = false;
  }
}
