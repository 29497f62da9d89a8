/**
 * Builds the agent for hosts without npm: a folder with its own Node, a .tar.gz of it (what the server hands out) and a .deb.
 * `tools/node tools/build-agent-package.ts [--out DIR] [--version V] [--no-deb]`; by default into build/agent-package.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { copyPackages } from './agent-package/npm-packages.ts'
import { findNeeded } from './agent-package/sources.ts'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'build/agent-package') },
    version: { type: 'string' },
    'no-deb': { type: 'boolean', default: false },
  },
})
const { out } = values
/** Processes of the agent, and its command line. */
const entrances = [
  'apps/cli/src/agent-main.ts',
  'apps/agent/src/agent-process.ts',
  'apps/agent/src/uninstall/remover.ts',
  'apps/agent/src/warm.ts',
]
const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' }
const architecture = process.arch
const version = values.version ?? (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version as string)
if (!/^\d+\.\d+\.\d+[0-9A-Za-z.+~-]*$/.test(version)) throw new Error(`${version} is no version`)
const debian = architectures[architecture]
if (debian === undefined) throw new Error(`no package for ${architecture}`)

const name = `rampart-agent-${version}-linux-${architecture}`
const folder = join(out, name)
rmSync(folder, { recursive: true, force: true })
mkdirSync(join(folder, 'bin'), { recursive: true })

addRuntime()
const packages = addProgram()
addScripts()
// Whatever the checkout's umask was: nobody but root writes to it.
execFileSync('chmod', ['-R', 'u=rwX,go=rX', folder])
const archive = pack()
const deb = values['no-deb'] ? undefined : packDeb()
for (const file of [archive, deb].filter((path) => path !== undefined))
  process.stdout.write(`${file} ${(statSync(file).size / 1e6).toFixed(1)} MB sha256 ${sha256(file)}\n`)
process.stdout.write(`${folder} ${folderMegabytes()} MB, ${packages} npm packages\n`)

/** Node itself, without headers, npm and symbols that only a debugger reads. */
function addRuntime(): void {
  const from = join(root, 'node_modules', `node-linux-${architecture}`)
  mkdirSync(join(folder, 'runtime'))
  const target = join(folder, 'runtime/node')
  cpSync(existsSync(from) ? join(from, 'bin/node') : process.execPath, target)
  if (existsSync(join(from, 'LICENSE'))) cpSync(join(from, 'LICENSE'), join(folder, 'runtime/LICENSE'))
  chmodSync(target, 0o755)
  try {
    execFileSync('strip', ['--strip-unneeded', target], { stdio: 'ignore' })
  } catch {
    // Without binutils the package is larger and nothing else.
  }
}

/** Our sources as they are (Node strips the types, and a compile cache keeps the result), and the npm packages they import. */
function addProgram(): number {
  const { files, packages } = findNeeded(root, entrances)
  const app = join(folder, 'app')
  const used = new Set<string>()
  for (const file of [...files, 'apps/agent/src/supervise.sh']) {
    mkdirSync(dirname(join(app, file)), { recursive: true })
    cpSync(join(root, file), join(app, file))
    const [kind = '', workspace = ''] = file.split('/')
    used.add(`${kind}/${workspace}`)
  }
  writeFileSync(
    join(app, 'apps/agent/src/version.ts'),
    `/** This build's version. */\nexport const agentVersion = '${version}'\n`,
  )
  mkdirSync(join(app, 'node_modules/@rampart'), { recursive: true })
  for (const place of used) symlinkSync(`../../${place}`, join(app, 'node_modules/@rampart', place.split('/')[1] ?? ''))
  const copied = copyPackages(root, packages, app, architecture)
  const bpf = join(root, 'build/bpf')
  if (existsSync(bpf))
    cpSync(bpf, join(app, 'build/bpf'), { recursive: true, filter: (path) => path === bpf || path.endsWith('.bpf.o') })
  else process.stderr.write('build/bpf is missing: this package has no kernel sensors. Run `make bpf` first.\n')
  const list = copied.map((one) => `${one.name} ${one.version} ${one.licence}\n`).join('')
  writeFileSync(join(folder, 'THIRD-PARTY'), `Node ${process.version} MIT and others, see runtime/LICENSE\n${list}`)
  writeFileSync(join(folder, 'version'), `${version}\n`)
  if (existsSync(join(root, 'LICENSE'))) cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  return copied.length
}

function addScripts(): void {
  const scripts = join(root, 'apps/agent/package')
  const add = (from: string, to: string, mode: number) => {
    cpSync(join(scripts, from), join(folder, to))
    chmodSync(join(folder, to), mode)
  }
  add('rampart-agent.sh', 'bin/rampart-agent', 0o755)
  for (const script of ['supervise.sh', 'install.sh', 'uninstall.sh', 'rampart-agent.init']) add(script, script, 0o755)
  add('rampart-agent.service', 'rampart-agent.service', 0o644)
}

function pack(): string {
  const file = join(out, `${name}.tar.gz`)
  // The same bytes from the same input: order, owner and time are fixed.
  const fixed = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0']
  execFileSync('tar', [...fixed, '-C', out, '--use-compress-program', 'gzip -n', '-cf', `${file}.new`, name])
  execFileSync('mv', [`${file}.new`, file])
  return file
}

function packDeb(): string {
  const tree = join(out, 'deb')
  rmSync(tree, { recursive: true, force: true })
  const home = join(tree, 'opt/rampart-agent')
  mkdirSync(join(home, 'versions'), { recursive: true })
  cpSync(folder, join(home, 'versions', version), { recursive: true, verbatimSymlinks: true })
  cpSync(join(folder, 'supervise.sh'), join(home, 'supervise.sh'))
  mkdirSync(join(tree, 'usr/bin'), { recursive: true })
  symlinkSync('/opt/rampart-agent/current/bin/rampart-agent', join(tree, 'usr/bin/rampart-agent'))
  mkdirSync(join(tree, 'lib/systemd/system'), { recursive: true })
  cpSync(join(folder, 'rampart-agent.service'), join(tree, 'lib/systemd/system/rampart-agent.service'))
  mkdirSync(join(tree, 'DEBIAN'))
  const scripts = join(root, 'apps/agent/package/debian')
  for (const script of ['control', 'preinst', 'postinst', 'prerm', 'postrm']) {
    const text = readFileSync(join(scripts, script), 'utf8')
      .replaceAll('@VERSION@', version)
      .replaceAll('@ARCHITECTURE@', debian ?? '')
      .replaceAll('@SIZE@', String(folderMegabytes() * 1000))
    writeFileSync(join(tree, 'DEBIAN', script), text, { mode: script === 'control' ? 0o644 : 0o755 })
  }
  const file = join(out, `rampart-agent_${version}_${debian}.deb`)
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '-z2', '--build', tree, file], { stdio: 'ignore' })
  rmSync(tree, { recursive: true, force: true })
  return file
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

function folderMegabytes(): number {
  return Math.round(Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0]) / 1000)
}
