// What others would install of packages/sigma: packed by npm, put into an empty project, its README's example compiled and run.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildSigmaPackage } from './sigma-package.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'rampart-sigma-package-'))
after(() => rmSync(folder, { recursive: true }))

const project = join(folder, 'project')
const installed = join(project, 'node_modules/@rampart/sigma')
buildSigmaPackage(join(folder, 'built'))
execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, join(folder, 'built')], {
  stdio: 'pipe',
})
mkdirSync(installed, { recursive: true })
const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
execFileSync('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components=1'])
const packed = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
for (const name of Object.keys(packed.dependencies)) {
  const from = join(root, 'node_modules', name)
  cpSync(from, join(project, 'node_modules', name), { recursive: true, dereference: true })
}
writeFileSync(join(project, 'package.json'), '{"type":"module"}')

test('the package is complete, and depends on nothing of Rampart', () => {
  assert.deepEqual(readdirSync(installed).sort(), ['API.md', 'LICENSE', 'README.md', 'dist', 'package.json'])
  assert.deepEqual(Object.keys(packed.dependencies).sort(), ['re2js', 'yaml'])
  for (const file of readdirSync(join(installed, 'dist'))) {
    assert.match(file, /\.(?:js|d\.ts)$/)
    const text = readFileSync(join(installed, 'dist', file), 'utf8')
    for (const [, from = ''] of text.matchAll(/(?:from|import) ?\(?['"]([^'"\n]+)['"]/g))
      assert.match(from, /^(?:\.\/[\w-]+\.(?:js|ts)|yaml|re2js)$/, `${file} imports ${from}`)
  }
})

test("the README's example compiles and runs in a project of its own", () => {
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(installed, 'README.md'), 'utf8')) ?? []
  writeFileSync(join(project, 'example.ts'), example)
  symlinkSync(join(root, 'node_modules/@types'), join(project, 'node_modules/@types'))
  const compilerOptions = { strict: true, target: 'ES2024', module: 'NodeNext', types: ['node'] }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['example.ts'] }))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], { cwd: project, stdio: 'pipe' })
  const output = execFileSync(process.execPath, ['example.js'], { cwd: project, encoding: 'utf8' })
  assert.equal(output, 'Whoami\nWhoami event-1\nWhoami event-2\nWhoami twice event-1 event-2\n')
})

test('lines are matched by the kernel that the package carries', () => {
  writeFileSync(
    join(project, 'lines.js'),
    `import { compileSigma, parseSigma } from '@rampart/sigma'
const rule = 'title: t\\nlogsource: {category: test}\\ndetection: {s: {A|contains: needle}, condition: s}'
const { engine } = compileSigma(parseSigma(rule, 'rule.yml').documents, { routes: () => ['r'], field: () => undefined })
const matcher = engine.lineMatcher({ route: () => 'r', learnFrom: 2 })
let found = 0
for (let line = 0; line < 100; line++) {
  const outcome = matcher.match(new TextEncoder().encode(line % 2 ? '{"A":"a needle"}' : '{"A":"hay"}'))
  if (typeof outcome === 'object') found += outcome.rules.length
}
console.log(found)
`,
  )
  assert.equal(execFileSync(process.execPath, ['lines.js'], { cwd: project, encoding: 'utf8' }), '50\n')
})
