type View = new (buffer: ArrayBuffer) => ArrayBufferView;

/** Views of bytes, by name. Node 20 has no `Float16Array`. */
export const VIEWS: ReadonlyMap<string, View> = new Map(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    (globalThis as { Float16Array?: View }).Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ].flatMap((view) => (view === undefined ? [] : [[view.name, view as View]])),
);

/** Whether an object looks like a tag: it has `$` and nothing else. */
export function hasOnlyTag(object: object): boolean {
  return Object.hasOwn(object, "$") && Object.keys(object).length === 1;
}
