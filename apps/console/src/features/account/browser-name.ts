/** A User-Agent header → what a person calls it; null when it is none that is known here. */
const browsers = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|Chromium|CriOS|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
  ['curl', /^curl\//],
] as const
const systems = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(?:iPhone|iPad)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
] as const

export function browserName(header: string): { browser: string; system: string | null } | null {
  const named = (list: readonly (readonly [string, RegExp])[]) => list.find(([, shape]) => shape.test(header))?.[0]
  const browser = named(browsers)
  return browser === undefined ? null : { browser, system: named(systems) ?? null }
}
