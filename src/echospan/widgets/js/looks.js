// How row arithmetic marks what an answer can know.
export const MARKS = { inside: "●", inherited: "◆", blind: "✕", unscored: "–" };
export const MEANS = {
  inside: "the needed value is in the sample",
  inherited: "it is in the state that the row inherits",
  blind: "it never arrives",
  unscored: "no target: the needed value lies before the series",
};

/** The look of the picture. */
export const OWN = `
.es-rows .es-grid { display: grid; gap: 3px; width: max-content; }
.es-rows .es-grid button { width: 46px; min-height: 34px; padding: 0; font-size: 12px; line-height: 1.15; border-radius: 4px; font-weight: 500; border-color: transparent; }
.es-rows .es-name { font-size: 12px; color: var(--muted); align-self: center; white-space: nowrap; padding-right: 6px; position: sticky; left: 0; background: var(--card); z-index: 1; }
.es-rows .es-top { text-align: center; padding: 0; position: static; }
.es-rows .es-grid button[aria-selected="true"] { border: 2px solid var(--ink); }
.es-rows .es-grid button b { display: block; font-size: 12px; }
.es-rows [data-state="later"] { background: var(--fig-tile); color: var(--muted); }
.es-rows [data-state="inside"] { background: var(--fig-hit); color: var(--ink); }
.es-rows [data-state="inherited"] { background: color-mix(in srgb, var(--fig-green) 30%, var(--card)); color: var(--ink); }
.es-rows [data-state="blind"] { background: var(--fig-miss); color: var(--ink); }
.es-rows [data-state="unscored"] { background: var(--fig-tile); color: var(--muted); }
.es-rows .es-strips { padding: 3px; display: grid; gap: 3px; width: max-content; align-items: center; }
.es-rows .es-strip { display: flex; gap: 1px; }
.es-rows .es-strip i { display: block; height: 22px; border-radius: 2px; background: var(--fig-tile); font-style: normal; font-size: 11px; line-height: 22px; text-align: center; overflow: hidden; color: var(--ink); }
.es-rows .es-strip i[data-of="state"] { background: var(--fig-green); color: var(--card); }
.es-rows .es-strip i[data-of="sample"] { background: var(--fig-blue); color: var(--card); }
.es-rows .es-strip i[data-needed="yes"] { box-shadow: inset 0 0 0 2px var(--ink); font-weight: 700; }
.es-rows .es-strip i[data-needed="no"] { box-shadow: inset 0 0 0 2px var(--warn); background: var(--fig-miss); color: var(--warn); font-weight: 700; }
.es-rows .es-strip.es-axis i { background: none; color: var(--muted); overflow: visible; white-space: nowrap; }
.es-rows .es-strips .es-name { align-self: stretch; display: flex; align-items: center; margin: -2px 0; }
.es-rows .es-strips .es-name[data-chosen="yes"] { color: var(--ink); font-weight: 700; }
.es-rows .es-strips > .es-last { order: 1; }
`;
