/**
 * A new version on trial. Staging writes who was there before and who is on trial; the supervisor changes the version and
 * waits; the new agent removes the file once it has reached the server and its sensors run. If it does not, the
 * supervisor brings the version before back and leaves a result.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Trial {
  before: string
  onTrial: string
}
const versionPattern = /^[0-9A-Za-z+~-][0-9A-Za-z.+~-]{0,63}$/
const folder = (stateDirectory: string) => join(stateDirectory, 'upgrade')
const trialPath = (stateDirectory: string) => join(folder(stateDirectory), 'trial')
const resultPath = (stateDirectory: string) => join(folder(stateDirectory), 'result')

/** Exit status with which the agent asks its supervisor for the version on trial. */
export const changeVersionStatus = 75

export function stageTrial(stateDirectory: string, { before, onTrial }: Trial): void {
  mkdirSync(folder(stateDirectory), { recursive: true, mode: 0o700 })
  write(trialPath(stateDirectory), `${before}\n${onTrial}\n`)
}

export function readTrial(stateDirectory: string): Trial | undefined {
  const [before = '', onTrial = ''] = read(trialPath(stateDirectory)).split('\n')
  return versionPattern.test(before) && versionPattern.test(onTrial) ? { before, onTrial } : undefined
}

/** The version on trial has proved itself. */
export function passTrial(stateDirectory: string, { before, onTrial }: Trial): void {
  write(resultPath(stateDirectory), `upgraded ${onTrial} ${before} it reached the server and its sensors run\n`)
  rmSync(trialPath(stateDirectory), { force: true })
}

export interface UpgradeResult {
  outcome: 'upgraded' | 'rolled-back'
  version: string
  before: string
  reason: string
}

/** What became of the last upgrade. */
export function upgradeResult(stateDirectory: string): UpgradeResult | undefined {
  const text = read(resultPath(stateDirectory)).slice(0, 1024)
  const [, outcome, version = '', before = '', reason = ''] =
    /^(upgraded|rolled-back) (\S+) (\S+) (.*)/.exec(text) ?? []
  return outcome === undefined ? undefined : { outcome: outcome as UpgradeResult['outcome'], version, before, reason }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}

const checkMs = 1_000
/** So many checks in a row have to find it in good order. */
const goodChecks = 3

/** Watches a new agent during its trial. `isGood` says whether it works now. Call the result to end the watch. */
export function watchTrial(stateDirectory: string, version: string, isGood: () => boolean): () => void {
  const trial = readTrial(stateDirectory)
  if (trial === undefined || trial.onTrial !== version) return () => {}
  let good = 0
  const timer = setInterval(() => {
    good = isGood() ? good + 1 : 0
    if (good < goodChecks) return
    clearInterval(timer)
    try {
      passTrial(stateDirectory, trial)
    } catch {
      // A full disk: the supervisor goes back to the version before, which is the safe side.
    }
  }, checkMs)
  timer.unref()
  return () => clearInterval(timer)
}
