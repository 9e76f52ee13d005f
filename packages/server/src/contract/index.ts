/** The API's contract (`qrcards/contract`): what the server serves, the document describes and the client calls. */
export {
  Asset,
  Breadcrumb,
  Card,
  Deletion,
  Node,
  NodeWithBody,
  Problem,
  Structure,
  StructureNode,
  Trip,
} from "./resources.ts";
export { type AnswerOf, answerSchema, type Method, type PartValue, type ResultOf, type Route } from "./route.ts";
export { type RouteName, type Routes, routes } from "./routes.ts";
export { grants, SCOPES, type Scope } from "./scopes.ts";
