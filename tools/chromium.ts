/** How Debian's Chromium is started without a screen, for tests and pictures. */

export const chromiumPath = '/usr/bin/chromium'

/** Root needs `--no-sandbox`; the rest keeps it from looking for updates and hosts of its own. Pages come from loopback only. */
export const chromiumArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
