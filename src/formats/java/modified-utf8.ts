/** Characters of two bytes and of three. Java takes them for letters that need but one as well: so the name of a class is hidden from a search for it. */
const LONGER = /[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}/g;

/** Text as java.io.DataInput.readUTF reads it, from one character a byte. What Java refuses stays as it is. */
export function decodeText(bytes: string): string {
  return bytes.replace(LONGER, (unit) => {
    const [first = 0, second = 0, third] = [...unit].map((byte) => byte.charCodeAt(0));
    if (third === undefined) return String.fromCharCode(((first & 0x1f) << 6) | (second & 0x3f));
    return String.fromCharCode(((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f));
  });
}
