import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../launcher/npm.mjs";
import { listDoors } from "../package/pack-cache.mjs";

const PACKAGE = join(ROOT, "packages", "cache");

/**
 * @typedef {object} Item something that a door offers, or that the types of what it offers are made of
 * @property {string} name
 * @property {"function" | "class" | "error" | "constant" | "type"} kind
 * @property {boolean} exported false: it appears in the types of what is
 * @property {string} code its declaration, without bodies and members
 * @property {string} docs
 * @property {Member[]} members
 *
 * @typedef {object} Member
 * @property {string} name
 * @property {boolean} callable
 * @property {string} code
 * @property {string} docs "": none of its own
 *
 * @typedef {{ specifier: string, items: Item[] }} Door
 */

/** What every door of @qrcards/cache offers, read from its sources. @returns {Door[]} */
export function readDoors() {
  const manifest = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  const doors = listDoors(manifest).map(([path, door]) => ({
    specifier: `${manifest.name}${path.slice(1)}`,
    entry: join(PACKAGE, door["qrcards-source"]),
  }));
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.base.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, ROOT);
  const program = ts.createProgram({ rootNames: doors.map(({ entry }) => entry), options: { ...options, noEmit: true } });
  return readProgram(program, doors);
}

/** @param {ts.Program} program @param {{ specifier: string, entry: string }[]} doors @returns {Door[]} */
export function readProgram(program, doors) {
  const reader = new Reader(program.getTypeChecker());
  const offers = doors.map(({ entry }) => reader.listExports(program.getSourceFile(entry)));
  const seen = new Set(offers.flat());
  return doors.map(({ specifier }, index) => {
    const offered = offers[index] ?? [];
    const parts = reader.listTypes(offered).filter((symbol) => offered.includes(symbol) || !seen.has(symbol));
    for (const part of parts) seen.add(part);
    const symbols = new Set([...offered.filter((symbol) => !parts.includes(symbol)), ...parts]);
    return { specifier, items: [...symbols].map((symbol) => reader.read(symbol, offered.includes(symbol))) };
  });
}

class Reader {
  #checker;
  /** The classes that users may call `new` on. @type {Set<ts.Symbol | undefined>} */
  #constructable = new Set();

  /** @param {ts.TypeChecker} checker */
  constructor(checker) {
    this.#checker = checker;
  }

  /** @param {ts.SourceFile | undefined} entry @returns {ts.Symbol[]} */
  listExports(entry) {
    const module = entry && this.#checker.getSymbolAtLocation(entry);
    if (module === undefined) throw new Error("An entry of the package is no module");
    return this.#checker.getExportsOfModule(module).map((exported) => {
      const symbol = this.#follow(exported);
      const declaration = exported.declarations?.[0];
      if (declaration && !ts.isTypeOnlyExportDeclaration(declaration) && kindOf(declarationOf(symbol)) === "class")
        this.#constructable.add(symbol);
      return symbol;
    });
  }

  /**
   * The types of this package that appear in what is offered, and in them in turn: those first that a reader who begins with the
   * functions meets first.
   *
   * @param {ts.Symbol[]} offered
   */
  listTypes(offered) {
    const rank = (/** @type {ts.Symbol} */ symbol) => ["function", "class"].indexOf(kindOf(declarationOf(symbol)));
    const waiting = offered.toSorted((a, b) => (rank(a) >>> 0) - (rank(b) >>> 0));
    /** @type {Set<ts.Symbol>} */
    const types = new Set();
    const visit = (/** @type {ts.Node} */ node) => {
      if (this.#isInside(node)) return;
      const name = ts.isTypeReferenceNode(node) ? node.typeName : ts.isExpressionWithTypeArguments(node) ? node.expression : undefined;
      const found = name && this.#checker.getSymbolAtLocation(name);
      const symbol = found && this.#follow(found);
      if (symbol && !types.has(symbol) && isTypeOfOurs(symbol)) {
        types.add(symbol);
        waiting.push(symbol);
      }
      ts.forEachChild(node, visit);
    };
    for (const symbol of waiting) visit(declarationOf(symbol));
    return [...types];
  }

  /** @param {ts.Symbol} symbol @param {boolean} exported @returns {Item} */
  read(symbol, exported) {
    const node = declarationOf(symbol);
    const members = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) ? [...node.members] : [];
    return {
      name: symbol.name,
      kind: kindOf(node),
      exported,
      code: this.#declare(node),
      docs: this.#docsOf(symbol),
      members: members.filter((member) => !this.#isInside(member)).map((member) => this.#readMember(member)),
    };
  }

  /** @param {ts.ClassElement | ts.TypeElement} member @returns {Member} */
  #readMember(member) {
    if (ts.isConstructorDeclaration(member))
      return { name: "constructor", callable: true, code: this.#declare(member), docs: this.#docsOf(symbolOf(member)) };
    const symbol = member.name && this.#checker.getSymbolAtLocation(member.name);
    if (symbol === undefined) throw new Error(`The reference cannot name ${member.getText()}`);
    return {
      name: symbol.name,
      callable: ts.isFunctionLike(member) && !ts.isAccessor(member),
      code: this.#declare(member),
      docs: this.#docsOf(symbol),
    };
  }

  /** The thing itself, for what is only passed on. @param {ts.Symbol} symbol */
  #follow(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /**
   * Whether it is nobody's business outside: bodies, values, private members, what says that it is "for the cache alone", and
   * constructors in place of which there is a function.
   *
   * @param {ts.Node} node
   */
  #isInside(node) {
    if (ts.isBlock(node) || ts.isNewExpression(node) || ts.isArrowFunction(node)) return true;
    if (ts.isConstructorDeclaration(node)) {
      return !this.#constructable.has(symbolOf(node.parent)) || this.#docsOf(symbolOf(node)).startsWith("Use `");
    }
    if (!ts.isClassElement(node)) return false;
    const hidden = ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected);
    if (hidden !== 0 || node.name === undefined || ts.isPrivateIdentifier(node.name)) return true;
    const symbol = this.#checker.getSymbolAtLocation(node.name);
    return symbol !== undefined && this.#docsOf(symbol).startsWith("For the cache alone");
  }

  /** The declaration as it is written, without what matters only inside. @param {ts.Node} node */
  #declare(node) {
    if (ts.isVariableDeclaration(node)) return `const ${node.name.getText()}: ${this.#typeOf(node)}`;
    if (ts.isPropertyDeclaration(node) || ts.isGetAccessorDeclaration(node)) return `${node.name.getText()}: ${this.#typeOf(node)}`;
    const source = node.getSourceFile().text;
    const text = source.slice(node.getStart(), headEnd(node)).replace(/^(?:(?:export|async|readonly|override) )+/, "");
    const head = text.replace(/;?\s*$/, "");
    return ts.isConstructorDeclaration(node) ? head.replace("constructor", `new ${node.parent.name?.text}`) : head;
  }

  /** @param {ts.VariableDeclaration | ts.PropertyDeclaration | ts.GetAccessorDeclaration} node */
  #typeOf(node) {
    return node.type?.getText() ?? this.#checker.typeToString(this.#checker.getTypeAtLocation(node));
  }

  /** @param {ts.Symbol} symbol */
  #docsOf(symbol) {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker));
    const tags = symbol.getJsDocTags(this.#checker).map(({ name, text: parts }) => spellTag(name, ts.displayPartsToString(parts)));
    return [text, ...tags].filter((part) => part !== "").join("\n\n");
  }
}

/** @param {string} name @param {string} words */
function spellTag(name, words) {
  if (name === "param") return words.replace(/^(\w+)\s+/, "`$1`: ");
  if (name === "returns") return `Returns ${words.replace(/\.?$/, ".")}`;
  if (name === "throws") return `Throws ${words.replace(/^\w+/, "`$&`").replace(/\.?$/, ".")}`;
  throw new Error(`The reference has no words for @${name}: ${words}`);
}

/** Where its body or its members begin, or it ends. @param {ts.Node} node */
function headEnd(node) {
  if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) return node.getSourceFile().text.lastIndexOf("{", node.members.pos);
  const body = ts.isFunctionLike(node) && "body" in node ? node.body : undefined;
  return body?.getStart() ?? node.end;
}

/** @param {ts.Node} node @returns {ts.Symbol} */
function symbolOf(node) {
  // What declares something has its symbol, though the types do not say so.
  return /** @type {{ symbol: ts.Symbol }} */ (/** @type {unknown} */ (node)).symbol;
}

/** @param {ts.Symbol} symbol */
function declarationOf(symbol) {
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined) throw new Error(`${symbol.name} is declared nowhere`);
  return declaration;
}

/** @param {ts.Symbol} symbol */
function isTypeOfOurs(symbol) {
  const declaration = declarationOf(symbol);
  const isType = ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration) || ts.isClassDeclaration(declaration);
  return isType && !declaration.getSourceFile().isDeclarationFile;
}

/** @param {ts.Node} node @returns {Item["kind"]} */
function kindOf(node) {
  if (ts.isFunctionDeclaration(node)) return "function";
  if (ts.isVariableDeclaration(node)) return "constant";
  if (!ts.isClassDeclaration(node)) return "type";
  return node.name?.text.endsWith("Error") ? "error" : "class";
}
