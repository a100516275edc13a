/** What stands where a credential would, in examples and templates. */
const PLACEHOLDER =
  /example|placeholder|your|change.?me|redacted|dummy|fake|sample|insert|replace|xxxx|\*\*\*|0000000|1234567|abcdefg|<[^>]{0,40}>|\$\{|\{\{|^(?:password|passwd|pass|secret|token|user|admin|root|test)$/i;

/** True for `YOUR_API_KEY`, `xxxxxxxx`, `${TOKEN}` and the like. */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text) || new Set(text).size < 4;
}

/** Shannon entropy in bits a character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
