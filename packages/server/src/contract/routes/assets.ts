import { Type } from "typebox";
import { assetLinks, listLinks, version } from "../answers.ts";
import { closed, filename } from "../fields.ts";
import { inTrip } from "../params.ts";
import { Asset } from "../resources.ts";
import type { Route } from "../route.ts";

export const assetRoutes = {
  uploadAsset: {
    method: "POST",
    path: "/api/trips/{tripId}/assets",
    scope: "edit",
    tag: "Assets",
    summary: "Upload an image for a trip's pages",
    description: "PNG, JPEG, GIF, WebP, AVIF or SVG, at most 16 MiB. The bytes decide what it is, not the name or the Content-Type.",
    params: inTrip,
    query: closed({ filename: filename("What to call it. Characters that no file system or address takes become hyphens.") }),
    body: "image",
    status: 201,
    response: closed(
      { asset: Asset, version, links: assetLinks },
      { description: "The stored image. The same bytes under the same name are stored once." },
    ),
  },
  listAssets: {
    method: "GET",
    path: "/api/trips/{tripId}/assets",
    scope: "read",
    tag: "Assets",
    summary: "List a trip's images, by name",
    params: inTrip,
    status: 200,
    response: closed(
      { assets: Type.Array(Asset, { description: "All of them." }), links: listLinks },
      { description: "The trip's images." },
    ),
  },
} as const satisfies Readonly<Record<string, Route>>;
