interface Advisory {
  /** Versions of the *loading* Keras that act on it. */
  readonly affected: string;
  /** Further ids of the same matter. */
  readonly also: readonly string[];
}

/** Published vulnerabilities whose files can be told by their config. */
export const ADVISORIES = {
  "CVE-2024-3660": { affected: "Keras before 2.13, and tf-keras", also: [] },
  "CVE-2025-1550": { affected: "Keras 3.0 to 3.8", also: ["GHSA-48g7-3x6r-xfhp"] },
  "CVE-2025-8747": { affected: "Keras 3.0 to 3.10", also: ["GHSA-c9rc-mg46-23w3"] },
  "CVE-2025-9905": { affected: "Keras 3.0 to 3.11.2, HDF5 files", also: ["GHSA-36rr-ww3j-vrjv"] },
  "CVE-2025-9906": { affected: "Keras 3.0 to 3.10", also: ["GHSA-36fq-jgmw-4r9c"] },
  "CVE-2025-12058": { affected: "Keras 3.0 to 3.11.3", also: ["GHSA-qg93-c7p6-gg7f"] },
  "CVE-2025-49655": { affected: "Keras 3.11.0 to 3.11.2", also: [] },
  "CVE-2026-1462": { affected: "Keras before 3.12.1, 3.13.0 and 3.13.1", also: ["GHSA-4f3f-g24h-fr8m"] },
  "CVE-2025-12060": { affected: "Keras before 3.12, get_file with extract", also: ["CVE-2025-12638"] },
  "GHSA-pwq7-2gvj-vg9v": { affected: "Keras 3 that imports classes which are no KerasSaveable", also: [] },
} as const satisfies Record<string, Advisory>;

export type AdvisoryId = keyof typeof ADVISORIES;
