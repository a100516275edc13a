/** Code page 437, upper half: what a name without the UTF-8 flag is written in by the specification (appendix D). */
const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A name as text, from its bytes as characters. UTF-8 is tried whatever the flag says, for macOS and many others forget to set it; identity
 * of names is decided by their bytes, so that this is a matter of display and of rules over characters.
 */
export function decodeName(raw: string): string {
  if (!/[\u0080-\u00ff]/.test(raw)) return raw;
  try {
    return utf8.decode(Buffer.from(raw, "latin1"));
  } catch {
    // Not UTF-8: every byte has a character in code page 437.
    return raw.replace(/[\u0080-\u00ff]/g, (byte) => CP437.charAt(byte.charCodeAt(0) - 0x80));
  }
}
