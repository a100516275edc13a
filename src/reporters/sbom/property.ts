export interface Property {
  readonly name: string;
  readonly value: string;
}

/** A property of ours; names are spaced as CycloneDX asks (https://cyclonedx.org/docs/1.6/json/#properties). */
export function property(name: string, value: string | number): Property {
  return { name: `modelaudit:${name}`, value: String(value) };
}
