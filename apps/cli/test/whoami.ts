/** A Sigma rule, and one line of a Windows record for which it holds: the least that a replay can find something with. */

export const whoamiRule = `title: A rule
id: 00000000-0000-4000-8000-000000000001
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: '\\whoami.exe'}, condition: s}
level: low
`
export const whoamiLine = `{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"UtcTime":"2026-04-01 10:00:00.000","Image":"C:\\\\whoami.exe"}\n`
