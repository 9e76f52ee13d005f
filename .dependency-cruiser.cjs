// Who may import whom: docs/architecture.md as rules that a machine checks (`npm run check`).
// Type-only imports are free, except where a package must not know another one at all. Tests may import anything.

const SERVER = "^packages/server/src/";

/** The rooms of packages/server/src, in the order in which a request walks them, and what they may import. */
const ROOMS = {
  http: {
    may: [],
    why: "http/ judges requests and replies alone, so that it can be read and tested without a trip. Pass it what it needs as arguments.",
  },
  delivery: {
    may: ["http", "paths", "trips", "pages", "cards"],
    why: "delivery/ is the hot path: it asks trips/ for what is true, pages/ for how it looks. If it needs SQL or an admin's rule, give trips/service a function for it.",
  },
  trips: {
    may: ["paths", "db", "pages/renderer"],
    why: "trips/ is the record, which all else builds on; only rendering happens on its way. What reacts to a change of it reads the service, or listens to it; pass callbacks in from services.ts.",
  },
  pages: {
    may: ["paths", "trips"],
    why: "pages/ turns content into HTML and knows no request and no database. Give it the snapshot and the content as arguments.",
  },
  freshness: {
    may: ["db", "trips/keys"],
    why: "freshness/ says which versions are current, by itself: if it read trips through the cache, the cache would judge itself. Query versions in freshness/.",
  },
  cards: {
    may: ["trips", "db"],
    why: "cards/ draws codes for nodes and owns their table. What it must know of a node it asks trips/.",
  },
  import: {
    may: ["paths", "trips", "pages"],
    why: "import/ reads foreign formats into a plan, and the plan goes through trips/service, so that an import keeps every rule that an edit keeps.",
  },
  operations: {
    may: ["http/notes", "paths", "trips", "pages/renderer", "cards", "delivery/locate", "db"],
    why: "operations/ watches from outside: the cache's events, trips/service, the database itself where a doctor must look below. Emit an event where it needs to see more.",
  },
  insight: {
    may: ["trips", "db"],
    why: "insight/ is a user of the cache like any other. It must be possible to delete the room without touching another one.",
  },
  admin: {
    may: ["http", "contract", "paths", "trips", "pages", "cards", "import", "freshness", "operations", "insight"],
    why: "admin/ goes contract -> service -> contract. SQL in a route would skip the rules of the service: give the service a function instead.",
  },
  cluster: {
    may: [],
    why: "cluster/ starts, watches and ends processes, and carries texts between them; what they serve and say is not its matter. Pass texts and callbacks in from cli/serve.",
  },
  cli: {
    may: [
      "cluster",
      "contract",
      "paths",
      "trips",
      "pages",
      "cards",
      "import",
      "freshness",
      "operations",
      "insight",
      "admin",
      "delivery",
      "db/transfer",
      "app",
      "config",
      "services",
    ],
    why: "The command line calls the same services as the API, so that both keep the same rules. Put the work into a service, the wiring into services.ts or app.ts.",
  },
  db: {
    may: [],
    why: "db/ is below all rooms: it knows tables, not what they are for. A query that knows trips belongs to trips/repository.",
  },
};

/** `{ errors }` and other files of src itself are everybody's, except those that wire everything. */
const WIRING = "(app|config|services)";

function roomRule([room, { may, why }]) {
  const allowed = [room, ...may].map((name) => `${SERVER}${name}[/.]`);
  return {
    name: `${room}-stays-in-its-arrows`,
    comment: `${why} (${room}/ may import: ${may.join(", ") || "no other room"}.)`,
    severity: "error",
    from: { path: `${SERVER}${room}/` },
    to: {
      path: [`${SERVER}[^/]+/`, `${SERVER}${WIRING}[.]ts$`],
      // The rule for the entrance speaks for itself.
      pathNot: [...allowed, `${SERVER}cli/`],
      dependencyTypesNot: ["type-only"],
    },
  };
}

function pureRule(name, from, own, what) {
  return {
    name,
    comment: `${what} is pure: it imports nothing of ours, so that it can be proved by tests alone and reused anywhere. Pass what it needs as arguments; a type may be imported with \`import type\`.`,
    severity: "error",
    from: { path: from },
    to: { path: "^packages/", pathNot: own, dependencyTypesNot: ["type-only"] },
  };
}

module.exports = {
  forbidden: [
    {
      name: "no-runtime-cycle",
      comment:
        "Modules that import each other are loaded half-made, in an order that nobody chose. Move what both need into a third file, or import the type alone (`import type`).",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "cache-knows-no-product",
      comment:
        "@qrcards/cache is a library for everybody: it knows nothing of trips, HTTP or SQL, not even their types. Give it an option, a loader or an Authority, and fill that in from the server.",
      severity: "error",
      from: { path: "^packages/cache/src/" },
      to: { path: ["^packages/(server|web)/", "^(node:)?(http|http2|https|sqlite)$", "node_modules/(fastify|kysely|pg)/"] },
    },
    {
      name: "cache-by-name-only",
      comment:
        'The cache is used as its other users use it: `import { ... } from "@qrcards/cache"`. If that door lacks something, export it from packages/cache/src/index.ts.',
      severity: "error",
      from: { path: "^packages/(server|web)/src/" },
      to: { path: "^packages/cache/", dependencyTypes: ["local"] },
    },
    {
      name: "web-sees-the-contract-only",
      comment:
        "The browser's side knows the API's contract (`qrcards/contract`) and nothing else of the server, not even types: whatever else it saw would become part of the API unnoticed. Add it to the contract.",
      severity: "error",
      from: { path: "^packages/web/src/" },
      to: { path: "^packages/(server|cache)/", pathNot: `${SERVER}contract/` },
    },
    pureRule("paths-is-pure", `${SERVER}paths/`, `${SERVER}paths/`, "paths/"),
    pureRule("contract-is-pure", `${SERVER}contract/`, `${SERVER}contract/`, "contract/"),
    pureRule("entry-is-pure", "^packages/cache/src/entry[.]ts$", "^$", "The cache's judge of fresh and stale"),
    pureRule("flight-is-pure", "^packages/cache/src/flight[.]ts$", "^$", "The cache's single-flight"),
    ...Object.entries(ROOMS).map(roomRule),
    {
      name: "nothing-imports-the-entrance",
      comment:
        "main, cli/ and bench/ stand outside and call in. What you need from there belongs into a room: move it, and let both import it.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: `${SERVER}(main[.]|cli/)` },
      to: { path: [`${SERVER}(main[.]|cli/)`, "^bench/"] },
    },
    {
      name: "sql-stays-in-its-rooms",
      comment: "Rows and SQL never leave the rooms that own tables. Ask that room's service, or add a function to its repository.",
      severity: "error",
      from: { path: `${SERVER}(http|delivery|paths|pages|contract|import|cli)/` },
      to: { path: ["node_modules/(kysely|pg)/", "^(node:)?sqlite$"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "only-declared-packages",
      comment:
        "A published package must bring what it imports. Declare it in `dependencies` of that package's own package.json, pinned exactly.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-broken-import",
      comment:
        "There is no such file or package. Imports of ours carry the `.ts` extension; packages are imported by the doors that they export.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    // What imports the caches that ours is compared with, which are installed only where that is done.
    exclude: { path: "/(dist|fixtures|[.]stryker-tmp)/|^bench/peers/adapters/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["qrcards-source", "import", "node", "default"] },
  },
};
