/** An entity that a document type defines. */
export interface XmlEntity {
  readonly name: string;
  /** `%name;`, for use inside the document type itself. */
  readonly isParameter: boolean;
  /** What it stands for, when that is text. */
  readonly value?: string;
  /** Where a reader would fetch it from. */
  readonly system?: string;
}

export interface Doctype {
  /** Of the root element that it promises. */
  readonly name: string;
  /** Where the document type as a whole would be fetched from. */
  readonly system?: string;
  readonly entities: readonly XmlEntity[];
}

const EXTERNAL =
  /^\s{0,100}[^\s[>]{1,200}\s{1,100}(?:SYSTEM|PUBLIC\s{1,100}(?:"[^"]{0,500}"|'[^']{0,500}'))\s{1,100}(?:"([^"]{0,2000})"|'([^']{0,2000})')/;
const ENTITY =
  /<!ENTITY\s{1,100}(%\s{1,100})?([^\s"'>]{1,200})\s{1,100}(?:(?:SYSTEM|PUBLIC\s{1,100}(?:"[^"]{0,500}"|'[^']{0,500}'))\s{1,100}(?:"([^"]{0,2000})"|'([^']{0,2000})')|"([^"]{0,20000})"|'([^']{0,20000})')/g;
/** Entities kept; a document that defines more is told by its first ones. */
const MAX_ENTITIES = 1000;

/** Reads the text between `<!DOCTYPE` and `>`. */
export function readDoctype(text: string): Doctype {
  const [name = ""] = /[^\s[>]{1,200}/.exec(text) ?? [];
  const [, quoted, apostrophed] = EXTERNAL.exec(text) ?? [];
  const system = quoted ?? apostrophed;
  const entities: XmlEntity[] = [];
  for (const match of text.matchAll(ENTITY)) {
    if (entities.length >= MAX_ENTITIES) break;
    entities.push(entityOf(match));
  }
  return { name, ...(system === undefined ? {} : { system }), entities };
}

function entityOf(match: RegExpExecArray): XmlEntity {
  const [, percent, name = "", quotedSystem, system = quotedSystem, quotedValue, value = quotedValue] = match;
  return {
    name,
    isParameter: percent !== undefined,
    ...(system === undefined ? {} : { system }),
    ...(value === undefined ? {} : { value }),
  };
}

const REFERENCE = /[&%]([^\s;&%#]{1,200});/;

/** Entities whose text refers to further entities: expansion then grows with every level. */
export function nestedEntities({ entities }: Doctype): readonly XmlEntity[] {
  const names = new Set(entities.map(({ name }) => name));
  return entities.filter(({ value }) => {
    const [, name] = REFERENCE.exec(value ?? "") ?? [];
    return name !== undefined && names.has(name);
  });
}
