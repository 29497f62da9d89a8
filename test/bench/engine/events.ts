// Windows records for the bench: SigmaHQ's recorded attacks, changed copies of them, and ordinary activity made up.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flattenWindowsEvent, parseSigma, type SigmaDocument } from '@rampart/sigma'

const beside = fileURLToPath(new URL('../../../../shared/data', import.meta.url))
export const sigmaFolder = join(process.env.RAMPART_TEST_DATA ?? beside, 'sigma')
export const hasSigma = existsSync(join(sigmaFolder, 'rules'))

export type WindowsRecord = Record<string, unknown>

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path, ending)
    return entry.name.endsWith(ending) ? [path] : []
  })
}

/** All rules of SigmaHQ, read and parsed. */
export function loadRules(): SigmaDocument[] {
  return ['rules', 'rules-emerging-threats', 'rules-threat-hunting']
    .flatMap((folder) => filesBelow(join(sigmaFolder, folder), '.yml'))
    .flatMap((file) => parseSigma(readFileSync(file, 'utf8'), file).documents)
}

/** The records of SigmaHQ's regression cases. */
export function recordedAttacks(): WindowsRecord[] {
  return filesBelow(join(sigmaFolder, 'regression_data'), '.json')
    .flatMap((file) => parseValues(readFileSync(file, 'utf8')))
    .map((value) => flattenWindowsEvent(value) ?? {})
}

function parseValues(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : [value]
  } catch {
    return text
      .split(/\n(?=\{)/)
      .filter((part) => part.trim())
      .map((part): unknown => JSON.parse(part))
  }
}

/** A small generator of repeatable numbers (mulberry32). */
export class Dice {
  private state: number
  constructor(seed: number) {
    this.state = seed
  }
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let word = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word
    return ((word ^ (word >>> 14)) >>> 0) % limit
  }
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }
}

/** A copy in which some letters, words and numbers of its texts are changed. */
export function mutate(record: WindowsRecord, dice: Dice): WindowsRecord {
  const copy: WindowsRecord = { ...record }
  const keys = Object.keys(copy).filter((key) => typeof copy[key] === 'string' && key !== 'Channel')
  for (let times = 1 + dice.below(3); times > 0; times--) {
    const key = dice.pick(keys)
    const text = String(copy[key])
    const position = dice.below(text.length + 1)
    const change = dice.below(4)
    if (change === 0)
      copy[key] = text.slice(0, position) + dice.pick(['x', ' ', '\\', '-', 'É', '1']) + text.slice(position)
    else if (change === 1) copy[key] = text.slice(0, position) + text.slice(position + 1 + dice.below(4))
    else if (change === 2) copy[key] = text.toUpperCase()
    else copy[key] = String(record[dice.pick(keys)])
  }
  return copy
}

const programs = [
  'svchost',
  'chrome',
  'msedge',
  'Teams',
  'OUTLOOK',
  'conhost',
  'RuntimeBroker',
  'dllhost',
  'cmd',
  'git',
]
programs.push(
  'powershell',
  'node',
  'python',
  'explorer',
  'taskhostw',
  'MsMpEng',
  'rundll32',
  'Code',
  'WmiPrvSE',
  'javaw',
)
const folders = ['C:\\Windows\\System32\\', 'C:\\Windows\\', 'C:\\Program Files\\Vendor\\', 'C:\\ProgramData\\Agent\\']
folders.push('C:\\Program Files (x86)\\Tool\\bin\\', 'C:\\Users\\alice\\AppData\\Local\\App\\')

/** Ordinary activity of office and developer machines; mostly processes, as busy hosts have it. */
export function ordinary(dice: Dice): WindowsRecord {
  const hex = (length: number): string =>
    Array.from({ length }, () => '0123456789ABCDEF'.charAt(dice.below(16))).join('')
  const word = (): string =>
    Array.from({ length: 4 + dice.below(8) }, () => 'etaoinshrdlucmfwypvbgk'.charAt(dice.below(22))).join('')
  const guid = (): string => `{${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}}`
  const image = (): string => `${dice.pick(folders)}${dice.below(10) < 7 ? dice.pick(programs) : word()}.exe`
  const time = `2026-04-${10 + dice.below(18)} ${10 + dice.below(12)}:${10 + dice.below(50)}:${10 + dice.below(50)}.${100 + dice.below(900)}`
  const common = (id: number): WindowsRecord => ({
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Computer: `ws${dice.below(200)}.example.com`,
    EventID: id,
    EventRecordID: 10_000 + dice.below(900_000),
    Provider_Name: 'Microsoft-Windows-Sysmon',
    RuleName: '-',
    UtcTime: time,
    ProcessGuid: guid(),
    ProcessId: dice.below(30_000),
    Image: image(),
    User: dice.pick([
      'CORP\\alice',
      'CORP\\bob',
      'NT AUTHORITY\\SYSTEM',
      'NT AUTHORITY\\LOCAL SERVICE',
      `CORP\\svc_${word()}`,
    ]),
  })
  const options = [
    () => '',
    () => ` -k netsvcs -p -s ${word()}`,
    () =>
      ` --type=renderer --lang=en-US --num-raster-threads=4 --renderer-client-id=${dice.below(999)} --mojo-platform-channel-handle=${dice.below(9_999)} /prefetch:${dice.below(9)}`,
    () => ` "C:\\Users\\alice\\Documents\\${word()} ${word()}.docx" /o "${word()}"`,
    () => ` /c "${word()} && cd C:\\src\\${word()} && npm run ${word()}"`,
    () => ' status --porcelain=v2 -z -uall',
    () => ` -NoProfile -ExecutionPolicy RemoteSigned -File C:\\scripts\\${word()}.ps1 -${word()} ${word()}`,
    () => ` /Processid:${guid()}`,
    () => ` -jar C:\\app\\${word()}.jar --server.port=${dice.below(9_999)} --spring.profiles.active=${word()}`,
    () => ` https://intranet.example.com/${word()}/${word()}?id=${dice.below(9_999)}`,
  ]
  const kind = dice.below(20)
  if (kind < 12) {
    const base = common(1)
    const parent = image()
    return {
      ...base,
      FileVersion: `10.0.${dice.below(20_000)}.${dice.below(4_000)}`,
      Description: `${word()} ${word()}`,
      Product: dice.pick(['Microsoft® Windows® Operating System', `${word()} Suite`, '-']),
      Company: dice.pick(['Microsoft Corporation', `${word()} Inc.`, '-']),
      OriginalFileName: String(base.Image).split('\\').pop(),
      CommandLine: `"${base.Image}"${dice.pick(options)()}`,
      CurrentDirectory: dice.pick(folders),
      LogonGuid: guid(),
      LogonId: `0x${hex(6).toLowerCase()}`,
      TerminalSessionId: dice.below(3),
      IntegrityLevel: dice.pick(['Medium', 'System', 'High', 'Low']),
      Hashes: `MD5=${hex(32)},SHA256=${hex(64)},IMPHASH=${hex(32)}`,
      ParentProcessGuid: guid(),
      ParentProcessId: dice.below(30_000),
      ParentImage: parent,
      ParentCommandLine: `"${parent}"${dice.pick(options)()}`,
      ParentUser: 'CORP\\alice',
    }
  }
  if (kind < 15)
    return {
      ...common(11),
      TargetFilename: `${dice.pick(folders)}${word()}${dice.pick(['.tmp', '.log', '.dat', '.dll', '.docx', '.json'])}`,
      CreationUtcTime: time,
    }
  if (kind < 17)
    return {
      ...common(13),
      EventType: 'SetValue',
      TargetObject: `HKLM\\System\\CurrentControlSet\\Services\\${word()}\\${word()}`,
      Details: dice.pick(['DWORD (0x00000001)', 'Binary Data', word()]),
    }
  if (kind < 18)
    return {
      ...common(7),
      ImageLoaded: `${dice.pick(folders)}${word()}.dll`,
      Description: word(),
      OriginalFileName: `${word()}.dll`,
      Hashes: `MD5=${hex(32)},SHA256=${hex(64)}`,
      Signed: 'true',
      Signature: 'Microsoft Windows',
      SignatureStatus: 'Valid',
    }
  if (kind < 19)
    return {
      ...common(3),
      Protocol: 'tcp',
      Initiated: 'true',
      SourceIp: `10.0.${dice.below(255)}.${dice.below(255)}`,
      SourcePort: dice.below(65_535),
      DestinationIp: `198.51.100.${dice.below(255)}`,
      DestinationHostname: `${word()}.example.com`,
      DestinationPort: dice.pick([443, 80, 445, 53]),
    }
  return { ...common(22), QueryName: `${word()}.example.com`, QueryStatus: '0', QueryResults: '::ffff:10.0.0.1;' }
}
