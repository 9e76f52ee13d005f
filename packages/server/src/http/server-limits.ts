/** Every limit of the HTTP server that does not depend on the installation. */
export const SERVER_LIMITS = {
  /** For the request's headers, from its first byte. */
  headersTimeoutMs: 10_000,
  /** For the whole request, body included. */
  requestTimeoutMs: 30_000,
  /** How often Node looks for connections past the two above. Its default of 30 s would let a slow sender stay four times as long. */
  connectionsCheckingIntervalMs: 2_000,
  /** An idle connection is closed after this. */
  keepAliveTimeoutMs: 5_000,
  /** Connections at once; further ones are dropped before they cost anything. Each needs a file descriptor. */
  maxConnections: 8_192,
  /** Request line and headers together; more is answered by Node with 431. */
  maxHeaderBytes: 16 * 1024,
  /** The request target; more is answered with 414. */
  maxTargetBytes: 8 * 1024,
  /** A JSON body; more is answered with 413. */
  maxJsonBytes: 1024 * 1024,
  /** Arrays and objects within each other in a JSON body. */
  maxJsonDepth: 64,
} as const;
