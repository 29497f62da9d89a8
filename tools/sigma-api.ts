/**
 * Writes packages/sigma/API.md: every public name with its declaration and what is said of it, in the order of index.ts.
 * With --check it only says whether the file is stale, or a name has no words (exit status 1).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emitSigma } from './sigma-package.ts'

const sigma = fileURLToPath(new URL('../packages/sigma/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'rampart-sigma-api-'))
const sections: string[] = []
const wordless: string[] = []
try {
  emitSigma(folder, 'types')
  const index = readFileSync(join(folder, 'index.d.ts'), 'utf8')
  for (const [, names = '', file = ''] of index.matchAll(
    /export (?:type )?\{([^}]*)\} from '\.\/([\w-]+)\.(?:js|ts)'/g,
  )) {
    const text = readFileSync(join(folder, `${file}.d.ts`), 'utf8')
    for (const part of names.split(',').map((each) => each.trim().replace(/^type /, ''))) {
      if (part === '') continue
      const [name = '', shown = name] = part.split(' as ')
      sections.push(section(name, shown, text))
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}

const fresh = `# API of @rampart/sigma\n\nGenerated from the sources by tools/sigma-api.ts, do not edit.\n\n${sections.join('\n')}`
const path = `${sigma}API.md`
if (process.argv.includes('--check')) {
  const isStale = fresh !== readFileSync(path, 'utf8')
  if (isStale) console.error('packages/sigma/API.md is stale: run tools/node tools/sigma-api.ts')
  if (wordless.length > 0) console.error(`public names of packages/sigma without a comment: ${wordless.join(', ')}`)
  process.exit(isStale || wordless.length > 0 ? 1 : 0)
}
writeFileSync(path, fresh)
console.log(`packages/sigma/API.md: ${sections.length} names`)

function section(name: string, shown: string, text: string): string {
  const found = new RegExp(
    `((?:/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\n)?)(export (?:declare )?(?:abstract )?(?:function|interface|type|class|const) ${name}\\b)`,
  ).exec(text)
  if (!found) throw new Error(`${name} is declared nowhere in what index.ts exports`)
  const words = (found[1] ?? '').replace(/^\/\*\*|\*\/$|^ *\* ?/gm, '').trim()
  if (words === '') wordless.push(shown)
  const declaration = declarationAt(text, found.index + (found[1] ?? '').length)
    .replace(/^ +private .*;\n/gm, '')
    .replace(/^export declare |^export /, '')
  const alias = shown === name ? '' : `\n\nThe same as \`${name}\`.`
  return `## ${shown}\n\n${words.replace(/\n+/g, '\n')}${alias}\n\n\`\`\`ts\n${declaration}\n\`\`\`\n`
}

/** From its first letter to the semicolon or bracket that ends it. */
function declarationAt(text: string, start: number): string {
  let depth = 0
  for (let index = start; index < text.length; index++) {
    const character = text[index]
    if (character === '{' || character === '(' || character === '[') depth++
    if (character === '}' || character === ')' || character === ']') depth--
    const isBlockEnd = depth === 0 && character === '}' && /^\n/.test(text.slice(index + 1))
    if ((depth === 0 && character === ';') || isBlockEnd) return text.slice(start, index + (isBlockEnd ? 1 : 0))
  }
  return text.slice(start)
}
