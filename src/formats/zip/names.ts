/** Code page 437, upper half: what a name without the UTF-8 flag is written in by the specification (appendix D). */
const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A name as text. UTF-8 is tried whatever the flag says, for macOS and many others forget to set it; identity of names is decided by their
 * bytes, so that this is a matter of display and of rules over characters.
 */
export function decodeName(bytes: Uint8Array): string {
  if (isAscii(bytes)) return String.fromCharCode(...bytes);
  try {
    return utf8.decode(bytes);
  } catch {
    // Not UTF-8: every byte has a character in code page 437.
    return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : CP437.charAt(byte - 0x80))).join("");
  }
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}
