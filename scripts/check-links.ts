// Every relative link of a Markdown file leads to a file, and to a heading where it names one. Asks no network.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const LINK = /\]\(([^)\s]+)\)|<(?:img|a)[^>]*\s(?:src|href)="([^"]+)"/g

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: ROOT })
for (const page of pages.toString().split('\n').filter(Boolean)) {
  for (const link of linksOf(page)) {
    const flaw = flawOf(page, link)
    if (flaw === undefined) continue
    console.error(`${page}: ${link}: ${flaw}`)
    process.exitCode = 1
  }
}

function linksOf(page: string): string[] {
  const links = Array.from(proseOf(page).matchAll(LINK), ([, inline, html]) => inline ?? html ?? '')
  return links.filter((link) => !/^[a-z]+:/.test(link))
}

function flawOf(page: string, link: string): string | undefined {
  const [path = '', heading] = link.split('#')
  const file = path === '' ? page : normalize(join(dirname(page), path))
  if (!existsSync(join(ROOT, file))) return 'there is no such file'
  if (heading === undefined || headingsOf(file).includes(heading)) return undefined
  return `${file} has no such heading`
}

/** As GitHub makes anchors of headings. */
function headingsOf(page: string): string[] {
  const headings = withoutFences(page).matchAll(/^#+ (.*)$/gm)
  return Array.from(headings, ([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
  )
}

/** Without what stands in fences and backquotes. */
function proseOf(page: string): string {
  return withoutFences(page).replaceAll(/`[^`\n]*`/g, '')
}

function withoutFences(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```[^]*?^```/gm, '')
}
