/**
 * A path as a URI reference (RFC 3986): relative to `cwd` where it lies below it, so that reports of two machines are the same; a
 * `file:` URI otherwise. Every character that could act on a reader is percent-encoded.
 */
export function artifactUri(path: string, cwd: string): string {
  const slashed = path.replaceAll("\\", "/");
  const base = cwd.replaceAll("\\", "/").replace(/\/$/, "");
  if (slashed.startsWith(`${base}/`)) return encodePath(slashed.slice(base.length + 1));
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(slashed)) return encodeURI(slashed);
  if (slashed.startsWith("/")) return `file://${encodePath(slashed)}`;
  if (/^[A-Za-z]:\//.test(slashed)) return `file:///${encodePath(slashed)}`;
  return encodePath(slashed.replace(/^\.\//, ""));
}

function encodePath(path: string): string {
  return path.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(Buffer.from(segment, "utf8").toString("utf8")); // lone surrogates would throw
}
