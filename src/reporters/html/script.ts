/** Filter and search over what is there already; without it everything is shown. */
export const SCRIPT = `
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const findings = [...document.querySelectorAll(".finding")].map((element) => ({
    element, severity: element.dataset.severity, text: (element.textContent + " " + element.closest(".file").dataset.path).toLowerCase(),
  }));
  const files = [...document.querySelectorAll(".file")];
  const search = form.querySelector("input[type=search]");
  const output = form.querySelector("output");
  const apply = () => {
    const chosen = new Set([...form.querySelectorAll("input[type=checkbox]:checked")].map(({ value }) => value));
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const { element, severity, text } of findings) {
      element.hidden = !(chosen.has(severity) && words.every((word) => text.includes(word)));
      if (!element.hidden) shown++;
    }
    for (const file of files) file.hidden = !file.querySelector(".finding:not([hidden])");
    output.textContent = shown + " of " + findings.length + " shown";
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
  addEventListener("beforeprint", () => { for (const each of document.querySelectorAll("details")) each.open = true; });
})();
`;
