/** All of the report's style: no file is fetched. Colours keep a contrast of 4.5 and more on both grounds. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#1b1f24;--soft:#535c68;--line:#d5dae1;--code:#f0f2f5;--link:#0a58ca;
--critical:#a4133c;--high:#c2410c;--medium:#8a6100;--low:#1d5fa8;--info:#5b6470;--good:#18703a;--track:#e3e7ec;--on:#fff}
@media screen and (prefers-color-scheme:dark){:root{--bg:#14171b;--card:#1d2127;--text:#e7eaee;--soft:#a6b0bd;--line:#363d47;--code:#262b33;--link:#7db4ff;
--critical:#ff8fa8;--high:#ffa36b;--medium:#f0c24b;--low:#86bdf5;--info:#b0b9c5;--good:#6fd391;--track:#343b45;--on:#14171b}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.page{max-width:72rem;margin:0 auto;padding:1rem 1.25rem 4rem}
h1{font-size:1rem;font-weight:600;color:var(--soft);margin:0 0 .75rem}
h2{font-size:1.3rem;margin:2.25rem 0 .75rem}
h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
p{margin:.35rem 0}
a{color:var(--link)}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem 1rem}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
.verdict{background:var(--card);border:1px solid var(--line);border-left:.6rem solid var(--tone);border-radius:.6rem;padding:1.1rem 1.4rem}
.verdict .word{font-size:clamp(1.8rem,6vw,2.8rem);line-height:1.15;font-weight:800;letter-spacing:.01em;color:var(--tone);margin:0}
.verdict .advice{font-size:1.1rem;margin:.25rem 0 .5rem}
.verdict .sum{color:var(--soft);margin:0}
.tone-critical{--tone:var(--critical)}.tone-high{--tone:var(--high)}.tone-medium{--tone:var(--medium)}
.tone-low{--tone:var(--low)}.tone-info,.tone-debug{--tone:var(--info)}.tone-good{--tone:var(--good)}
.glance{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem;margin-top:1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.25rem}
.card h2{font-size:1rem;margin:0 0 .6rem}
.bar{display:block;width:100%;height:1rem}
.fill-critical{fill:var(--critical)}.fill-high{fill:var(--high)}.fill-medium{fill:var(--medium)}.fill-low{fill:var(--low)}
.fill-info,.fill-debug{fill:var(--info)}.fill-good{fill:var(--good)}.fill-track{fill:var(--track)}
.folder{color:var(--soft);font-weight:400}
.worst{margin:.8rem 0 0;padding:.7rem 0 0;border-top:1px solid var(--line);list-style:none;display:grid;gap:.35rem}
.worst li{display:grid;grid-template-columns:5.2rem 1fr;gap:.1rem .8rem;overflow-wrap:anywhere}
.worst .state{display:block}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;padding:0;margin:.7rem 0 0}
.legend svg{width:.75rem;height:.75rem;margin-right:.4rem}
.legend b{font-variant-numeric:tabular-nums}
.filter{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:0 0 1rem;padding:.75rem 1rem;border:1px solid var(--line);border-radius:.6rem;background:var(--card)}
.filter[hidden],[hidden]{display:none!important}
.filter .choices{display:flex;flex-wrap:wrap;gap:.25rem 1rem}
.filter label{display:inline-flex;align-items:center;gap:.35rem;min-height:1.75rem}
.filter .search{flex:1 1 16rem;gap:.6rem}
.filter input[type=search]{flex:1;min-width:8rem;font:inherit;padding:.35rem .6rem;color:inherit;background:var(--bg);border:1px solid var(--soft);border-radius:.4rem}
.filter input[type=checkbox]{width:1.1rem;height:1.1rem}
.filter output{color:var(--soft)}
.file{background:var(--card);border:1px solid var(--line);border-radius:.6rem;margin:0 0 1rem;overflow:hidden}
.file>header{padding:.75rem 1.1rem;border-bottom:1px solid var(--line);display:flex;flex-wrap:wrap;gap:.25rem .8rem;align-items:baseline}
.file>header p{color:var(--soft);margin:0}
.finding{border-top:1px solid var(--line)}
.finding:first-of-type{border-top:0}
summary{cursor:pointer}
.finding>summary{padding:.6rem 1.1rem;display:grid;grid-template-columns:5.2rem 1fr;gap:.1rem .8rem;list-style:none}
.finding>summary::-webkit-details-marker{display:none}
.finding>summary:hover{background:var(--code)}
.finding>summary .what{overflow-wrap:anywhere;min-width:0;padding-left:1.1rem;text-indent:-1.1rem}
.finding>summary .what::before{content:"\\25B8";color:var(--soft);display:inline-block;width:1.1rem;text-indent:0}
.finding[open]>summary .what::before{content:"\\25BE"}
.finding>summary .where{grid-column:2;color:var(--soft);font-size:.875rem;overflow-wrap:anywhere;padding-left:1.1rem}
.badge{display:inline-block;align-self:start;text-align:center;font-size:.8rem;font-weight:700;padding:.1rem .5rem;border-radius:.35rem;color:var(--on);background:var(--tone)}
.state{color:var(--soft);font-size:.875rem}
.body{padding:.2rem 1.1rem 1rem 7.1rem}
.body h4{font-size:.875rem;margin:.8rem 0 .2rem;color:var(--soft)}
dl{display:grid;grid-template-columns:minmax(6rem,max-content) 1fr;gap:.2rem 1rem;margin:.3rem 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
code,pre,.path{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875rem}
pre{background:var(--code);border-radius:.4rem;padding:.6rem .8rem;margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere;max-height:22rem;overflow:auto}
mark{background:none;color:var(--tone);font-weight:700}
table{border-collapse:collapse;width:100%}
.tree,.tree ul{list-style:none;margin:0;padding-left:1.1rem}
.tree.card{padding:.8rem 1.1rem}
.tree li{padding:.12rem 0;overflow-wrap:anywhere}
.tree .badge{font-size:.72rem;padding:0 .4rem}
.facts{padding-left:1.1rem;color:var(--soft);font-size:.875rem}
.plain{padding-left:1.2rem;margin:.3rem 0}
.plain li{overflow-wrap:anywhere;margin:.3rem 0}
footer{color:var(--soft);margin-top:2.5rem;border-top:1px solid var(--line);padding-top:1rem;font-size:.875rem}
@media (max-width:40rem){.page{padding:.75rem .75rem 3rem}.finding>summary,.worst li{grid-template-columns:1fr}.finding>summary .where,.finding>summary .what{grid-column:1}
.badge{justify-self:start}.body{padding:.2rem 1.1rem 1rem}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}.verdict{padding:.9rem 1rem}}
@media print{:root{--bg:#fff;--card:#fff;--text:#000;--soft:#333;--line:#999;--code:#f2f2f2}body{font-size:10pt}.filter,.skip{display:none}
.card,.verdict,.finding,pre{break-inside:avoid}.tree.card{break-inside:auto}h2,h3,h4,.file>header,summary{break-after:avoid}.file{overflow:visible}pre{max-height:none}.page{max-width:none;padding:0}
.badge,.bar{print-color-adjust:exact;-webkit-print-color-adjust:exact}details:not([open])>:not(summary){display:block}details::details-content{content-visibility:visible}}
`;
