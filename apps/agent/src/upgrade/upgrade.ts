/**
 * Upgrade of a packaged agent: a signed package in, another version on trial out. Nothing of the running version is touched:
 * the new one lies beside it, and the supervisor goes back to it when the new one does not prove itself.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { compareVersions, type PackageStatement } from '@rampart/api'
import { askDoor } from '../door-client.ts'
import { lockHolder } from '../host/lock.ts'
import { loadCredentials, loadReleaseKey } from '../identity/identity.ts'
import { fetchPackage, fetchStatement } from './fetch.ts'
import { packageHome } from './home.ts'
import { verifyStatement } from './statement.ts'
import { readTrial, stageTrial, type UpgradeResult, upgradeResult } from './trial.ts'

export interface UpgradeOptions {
  stateDirectory: string
  /** A package file with its statement beside it (`<file>.statement`) instead of the server's newest. */
  from?: string
  /** Take an older version too. */
  allowDowngrade?: boolean
  /** Told of each step, in one line. */
  onStep(text: string): void
}
export type Upgraded =
  | { ok: true; version: string; before: string; changed: boolean }
  | { ok: false; code: string; message: string }

const refused = (code: string, message: string) => ({ ok: false as const, code: `upgrade.${code}`, message })
/** Longer than the supervisor waits for a trial. */
const outcomeMs = 180_000
const versionsKept = 3

export async function upgradeAgent(options: UpgradeOptions): Promise<Upgraded> {
  const { stateDirectory, onStep } = options
  const place = packageHome()
  if (place === undefined)
    return refused('no-package', 'this agent runs from a checkout: upgrade it with git, then start it again')
  const loaded = loadCredentials(stateDirectory)
  if (!loaded.ok) return loaded
  const releaseKey = loadReleaseKey(stateDirectory)
  if (releaseKey === undefined)
    return refused('no-key', 'this agent knows no key to hold packages against: enrol this host again')
  if (readTrial(stateDirectory) !== undefined)
    return refused('under-way', 'another upgrade is on trial: wait two minutes and look at the status')

  const folder = join(stateDirectory, 'upgrade')
  rmSync(join(folder, 'unpacked'), { recursive: true, force: true })
  mkdirSync(join(folder, 'unpacked'), { recursive: true, mode: 0o700 })
  const got = await obtain(options, loaded.credentials, releaseKey, join(folder, 'package.tar.gz'))
  if (!got.ok) return got
  const { statement, path } = got
  const { version } = statement
  const before = place.version
  try {
    if (version === before) return { ok: true, version, before, changed: false }
    if (compareVersions(version, before) < 0 && !options.allowDowngrade)
      return refused(
        'older',
        `version ${version} is older than ${before}, which runs here; --allow-downgrade takes it all the same`,
      )
    onStep(`unpacking version ${version}`)
    const problem = unpack(path, statement, join(folder, 'unpacked'), place.home)
    if (problem !== undefined) return refused('unusable', problem)
  } finally {
    rmSync(join(folder, 'package.tar.gz'), { force: true })
    rmSync(join(folder, 'unpacked'), { recursive: true, force: true })
  }
  return change(options, before, version, place.home)
}

async function obtain(
  { from, onStep }: UpgradeOptions,
  { identity, ...credentials }: { identity: { server: string }; authority: string; certificate: string; key: string },
  releaseKey: string,
  path: string,
): Promise<{ ok: true; statement: PackageStatement; path: string } | { ok: false; code: string; message: string }> {
  if (from !== undefined) {
    if (!existsSync(from) || !existsSync(`${from}.statement`))
      return refused(
        'unreadable',
        `${from} and ${from}.statement (made on the server by rampart server sign-agent-package) are both needed`,
      )
    const verified = verifyStatement(readFileSync(`${from}.statement`, 'utf8').slice(0, 16_384), releaseKey)
    if (!verified.ok) return verified
    // Copied first: what is checked is what is used.
    copyFileSync(from, path)
    const isSame =
      statSync(path).size === verified.statement.sizeBytes &&
      createHash('sha256').update(readFileSync(path)).digest('hex') === verified.statement.sha256
    if (!isSame) return refused('bad-checksum', `${from} is not the package that was signed`)
    return { ok: true, statement: verified.statement, path }
  }
  const server = new URL(identity.server.replace('wss:', 'https:'))
  const trust = { ca: credentials.authority, cert: credentials.certificate, key: credentials.key }
  const found = await fetchStatement(server, trust, releaseKey)
  if (!found.ok) return found
  onStep(`fetching ${found.statement.file} (${Math.round(found.statement.sizeBytes / 1e6)} MB) from ${server.host}`)
  const problem = await fetchPackage(server, trust, found.statement, path)
  return problem === undefined
    ? { ok: true, statement: found.statement, path }
    : refused('not-fetched', `the package could not be fetched: ${problem}`)
}

/** Unpacks into the home, beside the other versions. Returns why not. */
function unpack(archive: string, statement: PackageStatement, folder: string, home: string): string | undefined {
  const tar = spawnSync('tar', ['-xzf', archive, '-C', folder, '--no-same-owner'], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (tar.status !== 0) return `it cannot be unpacked: ${tar.error?.message ?? tar.stderr.slice(0, 300)}`
  const unpacked = join(folder, statement.file.replace(/\.tar\.gz$/, ''))
  const command = join(unpacked, 'bin/rampart-agent')
  // A package for another libc or with files missing shows here, while the old one still runs.
  const said = spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 30_000 })
  if (said.status !== 0 || said.stdout.trim() !== statement.version)
    return `its program does not run here: ${said.error?.message ?? (said.stderr.slice(0, 300) || `it calls itself ${said.stdout.trim()}`)}`
  const target = join(home, 'versions', statement.version)
  rmSync(target, { recursive: true, force: true })
  // What an interruption left would take the new one into itself.
  rmSync(`${target}.new`, { recursive: true, force: true })
  // Another disk than the state's: copied, then moved into its place at once.
  const moved = spawnSync('cp', ['-a', unpacked, `${target}.new`], { encoding: 'utf8' })
  if (moved.status !== 0) return `it cannot be put into ${home}: ${moved.stderr.slice(0, 300)}`
  renameSync(`${target}.new`, target)
  return undefined
}

async function change(options: UpgradeOptions, before: string, version: string, home: string): Promise<Upgraded> {
  const { stateDirectory, onStep } = options
  const last = JSON.stringify(upgradeResult(stateDirectory))
  rmSync(join(stateDirectory, 'upgrade/result'), { force: true })
  stageTrial(stateDirectory, { before, onTrial: version })
  if (lockHolder(stateDirectory) === undefined || !(await askDoor(stateDirectory, { type: 'upgrade', version }))) {
    rmSync(join(stateDirectory, 'upgrade/trial'), { force: true })
    return refused(
      'not-running',
      `the agent does not run${last ? '' : ' yet'}: start it, then try again, so that the new version can prove itself`,
    )
  }
  onStep(`version ${version} is on trial: it has two minutes to reach the server`)
  const result = await outcome(stateDirectory)
  if (result?.outcome !== 'upgraded')
    return refused(
      'rolled-back',
      `version ${version} ${result?.reason ?? 'did not prove itself in time'}; version ${before} runs again`,
    )
  removeOld(home, [before, version])
  return { ok: true, version, before, changed: true }
}

async function outcome(stateDirectory: string): Promise<UpgradeResult | undefined> {
  const end = performance.now() + outcomeMs
  while (performance.now() < end) {
    await wait(500)
    const result = upgradeResult(stateDirectory)
    if (result !== undefined) return result
  }
  return undefined
}

/** The version before is kept to go back to; older ones go. */
function removeOld(home: string, keep: readonly string[]): void {
  const versions = readdirSync(join(home, 'versions'))
    .filter((one) => !keep.includes(one))
    .sort(compareVersions)
  for (const one of versions.slice(0, Math.max(0, versions.length - (versionsKept - keep.length))))
    rmSync(join(home, 'versions', one), { recursive: true, force: true })
}
