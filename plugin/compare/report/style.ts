// The report's looks: two colours for the two versions, one for what differs; light and dark; wide and narrow.

export const STYLE = `
:root { color-scheme: light dark;
  --page: #fbfbfa; --surface: #fff; --ink: #1d1f23; --soft: #5d636d; --line: #e2e4e8; --faint: #c3c7ce;
  --live: #2563b8; --copy: #b4500a; --bad: #b3261e; --bad-soft: #fdecea; --good: #1a6e3c; --good-soft: #e8f5ec; }
@media (prefers-color-scheme: dark) { :root {
  --page: #15171a; --surface: #1d2024; --ink: #e8eaed; --soft: #a0a7b2; --line: #33373d; --faint: #525963;
  --live: #7fb2f5; --copy: #f0a35e; --bad: #ff8a80; --bad-soft: #3a2322; --good: #7ddb9d; --good-soft: #1c3326; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 18px; margin: 48px 0 6px; } h3 { font-size: 14px; margin: 0 0 4px; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 4px 0 12px; max-width: 72ch; } .soft { color: var(--soft); }
.live { color: var(--live); font-weight: 600; } .copy { color: var(--copy); font-weight: 600; }
.banner { border-radius: 10px; padding: 16px 20px; margin: 24px 0 16px; background: var(--good-soft); border-left: 5px solid var(--good); }
.banner.differs { background: var(--bad-soft); border-color: var(--bad); }
.banner h2 { margin: 0; } .banner ul { margin: 8px 0 0; padding-left: 20px; } .banner li { margin: 2px 0; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0; }
.tiles div { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tiles dt { color: var(--soft); font-size: 13px; } .tiles dd { margin: 0; font-size: 24px; font-weight: 600; line-height: 1.3; }
.tiles dd small { display: block; font-size: 12.5px; font-weight: 400; color: var(--soft); }
.scroll { overflow-x: auto; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
.scroll:focus-visible { outline: 2px solid var(--live); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
caption { white-space: nowrap; text-align: left; padding: 10px 14px 0; color: var(--soft); font-size: 13px; }
th, td { padding: 7px 9px; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: 12.5px; vertical-align: bottom; }
th[scope=row], td.text, thead th:first-child { text-align: left; } th[scope=row] { font-weight: 500; white-space: normal; overflow-wrap: anywhere; min-width: 13ch; }
tbody th[scope=row] { position: sticky; left: 0; background: var(--surface); }
th:first-child, td:first-child { padding-left: 14px; } th:last-child, td:last-child { padding-right: 14px; }
header p { max-width: none; } td small.list { display: block; white-space: normal; }
.fit { width: fit-content; max-width: 100%; }
td.text { white-space: normal; min-width: 18ch; }
td small { color: var(--soft); } .beyond { color: var(--bad); font-weight: 600; background: var(--bad-soft); }
.beyond small { color: inherit; } td.diagonal { color: var(--soft); }
.tag { display: inline-block; padding: 0 8px; border-radius: 9px; font-size: 12.5px; font-weight: 600; }
.tag.failed, .tag.unmeasured { background: var(--bad-soft); color: var(--bad); } .tag.passed { background: var(--good-soft); color: var(--good); }
.tag.unclear { background: var(--line); color: var(--ink); }
figure { margin: 0; padding: 14px 16px 10px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
figcaption { color: var(--soft); font-size: 13px; margin-top: 4px; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); gap: 12px; }
svg { max-width: 100%; height: auto; display: block; color: var(--soft); --plot-background: var(--surface); } .wide svg, .always svg { width: 100%; }
.key { display: inline-flex; align-items: center; gap: 6px; margin-right: 16px; } .key svg { width: 28px; height: 10px; }
details { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; margin: 8px 0; }
summary { padding: 9px 14px; cursor: pointer; overflow-wrap: anywhere; } details > :not(summary) { margin: 0 14px 12px; }
table.diff { table-layout: fixed; } table.diff td { width: 50%; text-align: left; white-space: pre-wrap; overflow-wrap: anywhere; padding: 1px 9px;
  border-top: 0; vertical-align: top; font: 12px/1.5 ui-monospace, 'DejaVu Sans Mono', monospace; }
table.diff th { text-align: left; } table.diff del, table.diff ins { text-decoration: none; }
.removed { background: var(--bad-soft); } .added { background: var(--good-soft); }
pre { margin: 4px 0 0; padding: 8px 10px; background: var(--page); border-radius: 6px; font: 12px/1.5 ui-monospace, 'DejaVu Sans Mono', monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.wide { display: block; } .narrow { display: none; } footer { margin-top: 56px; border-top: 1px solid var(--line); padding-top: 16px; font-size: 13px; }
footer ul { padding-left: 20px; margin: 4px 0 12px; }
@media (max-width: 640px) { main { padding: 20px 14px 48px; } h1 { font-size: 22px; } .wide { display: none; } .narrow { display: block; } }
@media print { .scroll { overflow: visible; } details { break-inside: avoid; } figure { break-inside: avoid; } }
`
