import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { crc32, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkEntryName, isSkipped } from "../../src/import/entry-name.ts";
import { zipFiles } from "../../src/import/export/zip-files.ts";
import { LOCAL_LIMITS, openSource, UPLOAD_LIMITS } from "../../src/import/source-tree.ts";
import { openZip } from "../../src/import/sources/zip.ts";

const LIMITS = { entries: 5, totalBytes: 1000 };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "qrcards-import-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function put(name: string, content: string | Uint8Array = "text"): Promise<void> {
  const file = path.join(directory, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** Every kind of refusal is the same kind of error, with a message that names the entry. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason as { code?: string; message: string },
  );
  expect(error?.code).toBe("import-refused");
  return error!.message;
}

describe("names in a source", () => {
  it("are plain relative paths, in NFC", () => {
    expect(checkEntryName("a/b c/(1)[2]$%.md")).toBe("a/b c/(1)[2]$%.md");
    expect(checkEntryName("Cafe\u0301.md")).toBe("Caf\u00e9.md");
  });

  it.each([
    ["/etc/passwd", "has an absolute path"],
    ["C:/windows", "has an absolute path"],
    ["../up.md", "points out of its folder"],
    ["a/../b.md", "points out of its folder"],
    ["a//b.md", "has an empty part in its path"],
    ["./a.md", "has an empty part in its path"],
    ["a\\b.md", "has a backslash in its name"],
    ["a\0.md", "has a control character in its name"],
    ["a\n.md", "has a control character in its name"],
    ["a\u009f.md", "has a control character in its name"],
    ["\ud800.md", "has a name that is not Unicode text"],
    ["x".repeat(256), "has a name of more than 255 characters"],
    ["x/".repeat(3000), "has a path of more than 4096 characters"],
    ["", "has an empty part in its path"],
  ])("refuses %j: it %s", (name, reason) => {
    expect(() => checkEntryName(name)).toThrow(reason);
  });

  it("never lead out of the source, whatever they are", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(fc.constantFrom("..", ".", "/", "\\", "a", "", "\0", "C:")).map((parts) => parts.join("/")),
        ),
        (name) => {
          let checked: string;
          try {
            checked = checkEntryName(name);
          } catch {
            return;
          }
          expect(path.posix.normalize(`/root/${checked}`)).toBe(`/root/${checked}`);
        },
      ),
    );
  });

  it("skip what tools leave behind, but not our own sidecar", () => {
    expect([".git/config", "a/.DS_Store", "node_modules/x/y.md", "__MACOSX/a.md", ".qrcards.json/x"].map(isSkipped)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(["a.md", "modules/a.md", ".qrcards.json"].map(isSkipped)).toEqual([false, false, false]);
  });
});

describe("a folder", () => {
  it("is read with its files sorted and the leavings of tools skipped", async () => {
    for (const name of ["b.md", "a/z.md", "a/B.md", ".git/HEAD", "node_modules/x.md"]) await put(name);
    const source = await openSource(directory);
    expect(source.paths).toEqual(["a/B.md", "a/z.md", "b.md"]);
    expect(Buffer.from(await source.read("a/z.md")).toString()).toBe("text");
    await expect(source.read(".git/HEAD")).rejects.toMatchObject({ code: "import-refused" });
  });

  it("refuses a link, wherever it leads", async () => {
    await put("a.md");
    await symlink("a.md", path.join(directory, "link.md"));
    expect(await refusal(openSource(directory))).toBe('"link.md" is a link or a special file.');
  });

  it("refuses a file that became a link after it was listed", async () => {
    await put("a.md");
    const source = await openSource(directory);
    await rm(path.join(directory, "a.md"));
    await symlink("/etc/hostname", path.join(directory, "a.md"));
    expect(await refusal(source.read("a.md"))).toBe('"a.md" cannot be read.');
  });

  it("refuses too many entries", async () => {
    for (let index = 0; index < 6; index += 1) await put(`${index}.md`);
    expect(await refusal(openSource(directory, LIMITS))).toBe("The folder has more than 5 entries.");
  });

  it("refuses too many bytes, and counts a file once however often it is read", async () => {
    await put("a.md", "x".repeat(600));
    await put("b.md", "x".repeat(600));
    const source = await openSource(directory, LIMITS);
    await source.read("a.md");
    await source.read("a.md");
    expect(await refusal(source.read("b.md"))).toBe('With "b.md" the source passes 1000 bytes.');
  });

  it.skipIf(process.platform === "darwin")("refuses two names that are one in NFC", async () => {
    await put("Caf\u00e9.md");
    await put("Cafe\u0301.md");
    expect(await refusal(openSource(directory))).toBe('Two entries have the name "Café.md".');
  });

  it.skipIf(process.platform !== "linux")("says that a name is not UTF-8", async () => {
    await writeFile(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from("caf\u00e9.md", "latin1")]), "text");
    const source = await openSource(directory);
    expect(await refusal(source.read("caf\uFFFD.md"))).toBe('"caf\uFFFD.md" has a name that is not UTF-8; rename it.');
  });

  it("may be a single Markdown file or an export, and nothing else", async () => {
    await put("page.md");
    await put("page.exe");
    expect((await openSource(path.join(directory, "page.md"))).paths).toEqual(["page.md"]);
    expect(await refusal(openSource(path.join(directory, "page.exe")))).toBe('"page.exe" is not a folder, a .zip, a .json or a .md file.');
    expect(await refusal(openSource(path.join(directory, "nothing")))).toMatch(/^Nothing can be read at/);
  });
});

/** Writes any ZIP, also those that no honest archiver writes. */
function craftZip(
  entries: readonly {
    name: string | Uint8Array;
    content?: Uint8Array;
    declaredSize?: number;
    mode?: number;
    flags?: number;
    method?: number;
  }[],
): Uint8Array {
  const parts: Buffer[] = [];
  const directoryParts: Buffer[] = [];
  let offset = 0;
  for (const { name, content = Buffer.from("text"), declaredSize = content.length, mode = 0o100644, flags = 0, method = 8 } of entries) {
    const raw = Buffer.from(name as string);
    const packed = deflateRawSync(content);
    const sizes = Buffer.alloc(14);
    sizes.writeUInt32LE(crc32(content), 0);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(declaredSize, 8);
    sizes.writeUInt16LE(raw.length, 12);
    const head = Buffer.alloc(10);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(flags, 2);
    head.writeUInt16LE(method, 4);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), head, sizes, Buffer.alloc(2), raw, packed);
    const tail = Buffer.alloc(16);
    tail.writeUInt32LE((mode << 16) >>> 0, 8);
    tail.writeUInt32LE(offset, 12);
    directoryParts.push(Buffer.from("PK\x01\x02", "latin1"), Buffer.from([20, 3]), head, sizes, tail, raw);
    offset += 30 + raw.length + packed.length;
  }
  const central = Buffer.concat(directoryParts);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

describe("a ZIP", () => {
  it("is read from disk and from memory, without the one folder that everything lies in", async () => {
    const bytes = await buffer(
      zipFiles(
        new Map([
          ["book/a.md", Buffer.from("A")],
          ["book/sub/ü.md", Buffer.from("U")],
          ["__MACOSX/book/x", Buffer.from("")],
          ["book/.git/HEAD", Buffer.from("")],
        ]),
      ),
    );
    await put("upload.zip", bytes);
    for (const source of [await openZip(bytes, "upload", UPLOAD_LIMITS), await openSource(path.join(directory, "upload.zip"))]) {
      expect(source.name).toBe("book");
      expect(source.paths).toEqual(["a.md", "sub/ü.md"]);
      expect(Buffer.from(await source.read("sub/ü.md")).toString()).toBe("U");
      await source.close();
    }
  });

  it("keeps its folders when there are several", async () => {
    const source = await openZip(craftZip([{ name: "a/x.md" }, { name: "b/y.md" }, { name: "b/" }]), "upload", LOCAL_LIMITS);
    expect([source.name, ...source.paths]).toEqual(["upload", "a/x.md", "b/y.md"]);
  });

  it("takes names for UTF-8 where they are, and for code page 437 where not", async () => {
    const source = await openZip(
      craftZip(
        [{ name: "ü.md" }, { name: Buffer.from([0x81, 0x2e, 0x6d, 0x64]), content: Buffer.from("437") }, { name: "x" }].map(
          (entry, index) => ({ ...entry, name: index === 1 ? Buffer.concat([Buffer.from("old-"), entry.name as Buffer]) : entry.name }),
        ),
      ),
      "upload",
      LOCAL_LIMITS,
    );
    expect(source.paths).toEqual(["old-ü.md", "x", "ü.md"]);
  });

  it.each([
    ["../up.md", 'The entry "../up.md" points out of its folder.'],
    ["/abs.md", 'The entry "/abs.md" has an absolute path.'],
    ["a\\..\\b.md", 'The entry "a\\\\..\\\\b.md" has a backslash in its name.'],
    ["a\0.md", 'The entry "a\\u0000.md" has a control character in its name.'],
  ])("refuses the name %j", async (name, message) => {
    expect(await refusal(openZip(craftZip([{ name }]), "upload", LOCAL_LIMITS))).toBe(message);
  });

  it("refuses links, special files, duplicates, encryption and unknown packing", async () => {
    expect(await refusal(openZip(craftZip([{ name: "link.md", mode: 0o120777 }]), "upload", LOCAL_LIMITS))).toBe(
      '"link.md" is a link or a special file.',
    );
    expect(await refusal(openZip(craftZip([{ name: "pipe.md", mode: 0o010644 }]), "upload", LOCAL_LIMITS))).toBe(
      '"pipe.md" is a link or a special file.',
    );
    expect(await refusal(openZip(craftZip([{ name: "a.md" }, { name: "a.md" }]), "upload", LOCAL_LIMITS))).toBe(
      'Two entries have the name "a.md".',
    );
    expect(await refusal(openZip(craftZip([{ name: "a.md", flags: 1 }]), "upload", LOCAL_LIMITS))).toBe('"a.md" is encrypted.');
    expect(await refusal(openZip(craftZip([{ name: "a.md", method: 99 }]), "upload", LOCAL_LIMITS))).toBe(
      '"a.md" is packed in a way that cannot be read here.',
    );
  });

  it("refuses too many entries, and too many bytes by what it declares", async () => {
    const many = Array.from({ length: 6 }, (_, index) => ({ name: `${index}.md` }));
    expect(await refusal(openZip(craftZip(many), "upload", LIMITS))).toBe("The ZIP has more than 5 entries.");
    const large = [
      { name: "a.md", content: Buffer.alloc(600) },
      { name: "b.md", content: Buffer.alloc(600) },
    ];
    expect(await refusal(openZip(craftZip(large), "upload", LIMITS))).toBe('With "b.md" the ZIP unpacks to more than 1000 bytes.');
  });

  it("counts while it inflates, since sizes are only claims", async () => {
    const source = await openZip(craftZip([{ name: "a.md", content: Buffer.alloc(5_000_000), declaredSize: 10 }]), "upload", LOCAL_LIMITS);
    expect(await refusal(source.read("a.md"))).toMatch(/^"a.md" cannot be unpacked: too many bytes in the stream/);
  });

  it("refuses what unpacks to more than a hundred times its size", async () => {
    expect(await refusal(openZip(craftZip([{ name: "a.md", content: Buffer.alloc(5_000_000) }]), "upload", LOCAL_LIMITS))).toBe(
      '"a.md" unpacks to more than 100 times its size.',
    );
  });

  it("refuses what is no ZIP, or a broken one", async () => {
    expect(await refusal(openZip(Buffer.from("text"), "upload", LOCAL_LIMITS))).toMatch(/^"upload" is not a readable ZIP: .*[^.]\.$/);
    const bytes = craftZip([{ name: "a.md", content: Buffer.from("some longer text") }]);
    bytes[40] = bytes[40]! ^ 0xff;
    const source = await openZip(bytes, "upload", LOCAL_LIMITS);
    expect(await refusal(source.read("a.md"))).toBe('"a.md" is damaged: its checksum does not fit.');
  });

  it("never does anything but read or refuse, whatever the bytes", async () => {
    const honest = craftZip([{ name: "a.md" }, { name: "b/c.md" }]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(honest.length - 1), fc.nat(255)), { maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(honest);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          const source = await openZip(bytes, "upload", UPLOAD_LIMITS);
          for (const file of source.paths) await source.read(file);
        } catch (error) {
          expect(error).toMatchObject({ code: "import-refused" });
        }
      }),
      { numRuns: 300 },
    );
  });
});
