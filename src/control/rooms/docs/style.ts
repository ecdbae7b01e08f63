/** The stylesheet of the documentation page, light and dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf8, #16171b);
  --card: light-dark(#ffffff, #1e2026);
  --ink: light-dark(#1d1e22, #ececf0);
  --soft: light-dark(#5d606b, #a3a6b2);
  --line: light-dark(#e4e1db, #32353e);
  --accent: light-dark(#b4341a, #ff9a7d);
  --code: light-dark(#f1eee9, #2a2d35);
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif;
  display: grid;
  grid-template-columns: minmax(15rem, 19rem) minmax(0, 1fr);
}
nav {
  position: sticky;
  top: 0;
  height: 100vh;
  overflow-y: auto;
  padding: 1.5rem 1.25rem;
  border-right: 1px solid var(--line);
}
nav h2 {
  margin: 1.5rem 0 0.4rem;
  color: var(--soft);
  font-size: 0.8rem;
  letter-spacing: 0.06em;
  text-transform: uppercase;
}
nav ul { list-style: none; margin: 0; padding: 0; }
nav a {
  display: flex;
  gap: 0.5rem;
  align-items: baseline;
  padding: 0.25rem 0.4rem;
  border-radius: 6px;
  color: inherit;
  font-size: 0.88rem;
  text-decoration: none;
}
nav a:hover { background: var(--code); }
.brand { margin: 0; font-weight: 700; }
.brand small { color: var(--soft); font-weight: 400; }
main { max-width: 54rem; padding: 2.5rem clamp(1rem, 4vw, 3.5rem) 5rem; }
main > section > h2 { margin: 3rem 0 1rem; font-size: 1.5rem; text-transform: capitalize; }
h1 { margin: 0 0 0.5rem; font-size: clamp(1.8rem, 4vw, 2.5rem); letter-spacing: -0.02em; }
h3 { margin: 0 0 0.5rem; font-size: 1.15rem; }
h4 { margin: 1.25rem 0 0.4rem; color: var(--soft); font-size: 0.85rem; }
a { color: var(--accent); }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
article {
  margin: 0 0 1.25rem;
  padding: 1.25rem 1.4rem;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--card);
}
article:target { border-color: var(--accent); }
code { padding: 0.1em 0.35em; border-radius: 5px; background: var(--code); font-size: 0.88em; overflow-wrap: anywhere; }
.route { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; margin: 0; }
.name { margin: 0.4rem 0 0; color: var(--soft); font-size: 0.85rem; }
.lock { padding: 0 0.5rem; border: 1px solid var(--line); border-radius: 999px; color: var(--soft); font-size: 0.8rem; }
.method {
  flex: none;
  min-width: 3.9rem;
  padding: 0.1rem 0.35rem;
  border-radius: 5px;
  background: var(--tint);
  color: #fff;
  font: 600 0.7rem/1.5 ui-monospace, monospace;
  text-align: center;
}
.get { --tint: #1f6f9f; }
.post { --tint: #23794a; }
.patch { --tint: #8a5a00; }
.delete { --tint: #b02a37; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
th, td { padding: 0.45rem 0.75rem 0.45rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; }
tbody th { font-weight: 400; white-space: nowrap; }
td { overflow-wrap: anywhere; }
small { color: var(--soft); }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.35rem 0.9rem; margin: 0; font-size: 0.9rem; }
dt { font-family: ui-monospace, monospace; font-weight: 600; }
dt.good { color: light-dark(#23794a, #6fd39b); }
dt.bad { color: light-dark(#b02a37, #ff9aa2); }
dd { margin: 0; }
@media (max-width: 50rem) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding-top: 1.5rem; }
}
`;
