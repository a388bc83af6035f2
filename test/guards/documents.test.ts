/** What every document says is held against the repository: its links, the files and the commands that it names. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DOCUMENTS, type Document, ROOT, readDocument } from "./documents.ts";

const documents = suite("the documents");
const ALL = DOCUMENTS.map(readDocument);
const SCRIPTS = Object.keys(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts);

/** Every one is asked; what is wrong is listed with the document that says so. */
function eachSays(complaintsOf: (document: Document) => string[]): void {
  const complaints = ALL.flatMap((document) =>
    complaintsOf(document).map((complaint) => `${document.path}: ${complaint}`),
  );
  assert.equal(complaints, []);
}

documents("there are five for the five kinds of readers, and each is linked from README", () => {
  const five = [
    "client-sdk/README.md",
    "server/README.md",
    "shared/README.md",
    "test/README.md",
    "test/bench/README.md",
  ];
  assert.equal(
    five.filter((path) => !DOCUMENTS.includes(path)),
    [],
  );
  const { links } = readDocument("README.md");
  assert.equal(
    five.filter((path) => !links.includes(path)),
    [],
  );
});

documents("link only to files that are there, and to headings that they have", () => {
  let count = 0;
  eachSays(({ path, links }) =>
    links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        count += 1;
        const [file = "", anchor] = link.split("#");
        const target = file === "" ? path : join(dirname(path), file);
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && !readDocument(target).anchors.has(decodeURIComponent(anchor));
      }),
  );
  assert.ok(count > 100);
});

documents("name only files and folders that are there", () => {
  const top = readdirSync(ROOT);
  eachSays(({ path, spans }) =>
    spans
      .filter((span) => /^[\w.-]+(\/[\w.-]+)*\/?$/.test(span) && span.includes("/"))
      .filter((span) => span.endsWith("/") || top.includes(span.split("/")[0] as string))
      .filter((span) => !existsSync(join(ROOT, span)) && !existsSync(join(ROOT, dirname(path), span))),
  );
});

documents("name no npm script that package.json does not have", () => {
  let count = 0;
  eachSays(({ text }) =>
    [...text.matchAll(/npm run ([\w:-]+)|npm (start|test)\b/g)]
      .map(([, script, short]) => (script ?? short) as string)
      .filter((script) => {
        count += 1;
        return !SCRIPTS.includes(script);
      }),
  );
  assert.ok(count > 20);
});

documents.run();
