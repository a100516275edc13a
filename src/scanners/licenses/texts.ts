/** Sentences that stand in a licence's own text and in no other, the stricter ones first; each with its SPDX id. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/GNU AFFERO GENERAL PUBLIC LICENSE\s{1,80}Version 3/i, "AGPL-3.0"],
  [/GNU LESSER GENERAL PUBLIC LICENSE\s{1,80}Version 3/i, "LGPL-3.0"],
  [/GNU LESSER GENERAL PUBLIC LICENSE\s{1,80}Version 2\.1/i, "LGPL-2.1"],
  [/GNU GENERAL PUBLIC LICENSE\s{1,80}Version 3/i, "GPL-3.0"],
  [/GNU GENERAL PUBLIC LICENSE\s{1,80}Version 2/i, "GPL-2.0"],
  [/Mozilla Public License,?\s{1,80}Version 2\.0/i, "MPL-2.0"],
  [/Attribution-NonCommercial-NoDerivatives 4\.0 International/i, "CC-BY-NC-ND-4.0"],
  [/Attribution-NonCommercial-ShareAlike 4\.0 International/i, "CC-BY-NC-SA-4.0"],
  [/Attribution-NonCommercial 4\.0 International/i, "CC-BY-NC-4.0"],
  [/Attribution-NoDerivatives 4\.0 International/i, "CC-BY-ND-4.0"],
  [/Attribution-ShareAlike 4\.0 International/i, "CC-BY-SA-4.0"],
  [/Attribution 4\.0 International/i, "CC-BY-4.0"],
  [/CC0 1\.0 Universal/i, "CC0-1.0"],
  [/Apache License,?\s{1,80}Version 2\.0/i, "Apache-2.0"],
  [/Permission is hereby granted, free of charge, to any person obtaining a copy/i, "MIT"],
  [/Permission to use, copy, modify, and\/or distribute this software for any purpose/i, "ISC"],
  [/Redistribution and use in source and binary forms[\s\S]{1,1500}Neither the name/i, "BSD-3-Clause"],
  [/Redistribution and use in source and binary forms/i, "BSD-2-Clause"],
  [/This is free and unencumbered software released into the public domain/i, "Unlicense"],
];

/** A licence names itself at its beginning. */
const MAX_LOOKED_AT = 4096;

/** The SPDX id of a licence by its own text. */
export function licenseOfText(text: string): string | undefined {
  const beginning = text.slice(0, MAX_LOOKED_AT);
  return TEXTS.find(([pattern]) => pattern.test(beginning))?.[1];
}
