/** The finder square of a QR code, for `/favicon.ico`; serve it as `image/svg+xml`. It follows the browser's light or dark frame. */
export const FAVICON_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 9 9"><style>path{fill:#0c5a61}@media(prefers-color-scheme:dark){path{fill:#86cbc5}}</style>' +
  '<path d="M0 0h7v7H0zm1 1v5h5V1zm1 1h3v3H2z" fill-rule="evenodd"/></svg>';
