// The report's HTML: escaped markup, and its tables. Knows no run.
import { html as escaped, type raw } from 'hono/html'

/** Escaped already. */
export type Markup = ReturnType<typeof raw>

/** hono's own, whose type allows for promises among the values: there are none here. */
export const html = escaped as (text: TemplateStringsArray, ...values: unknown[]) => Markup

/** A title that begins with `<` stands at the left of its column. */
type Title = string | Markup

/** `label`: of the only table of its kind; else empty. Wide tables scroll by themselves, by keyboard too; the page never does. */
export function table(
  label: string,
  titles: readonly Title[],
  rows: readonly Markup[],
  { fits = false, caption = '', kind = '' } = {}
): Markup {
  return html`<div
    class="scroll ${fits ? 'fit' : ''}"
    ${label === '' ? '' : html`role="region" aria-label="${label}"`}
    tabindex="0"
  >
    <table class="${kind}">
      ${
        caption === ''
          ? ''
          : html`<caption>
              ${caption}
            </caption>`
      }
      <thead>
        <tr>
          ${titles.map(head)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}

function head(title: Title): Markup {
  if (typeof title !== 'string' || !title.startsWith('<')) return html`<th scope="col">${title}</th>`
  return html`<th scope="col" style="text-align:left">${title.slice(1)}</th>`
}
