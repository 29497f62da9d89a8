/** All keyboard shortcuts, by place. */
import { useTranslation } from 'react-i18next'
import { Dialog } from '../parts/dialog.tsx'
import { pages } from './pages.ts'
import classes from './shortcut-help.module.css'

const everywhere: [string, string[]][] = [
  ['palette', ['/']],
  ['help', ['?']],
  ['rail', ['[']],
]
const alerts: [string, string[]][] = [
  ['next', ['j', '↓']],
  ['previous', ['k', '↑']],
  ['open', ['Enter']],
  ['full', ['o']],
  ['close', ['Esc']],
  ['choose', ['x']],
  ['chooseRange', ['Shift x']],
  ['chooseAll', ['*']],
  ['handle', ['e', 'h']],
  ['ignore', ['i']],
  ['falsePositive', ['f']],
  ['whitelist', ['w']],
  ['defend', ['d']],
  ['reopen', ['r']],
  ['undo', ['u']],
  ['assign', ['a']],
  ['note', ['m']],
  ['similar', ['s']],
  ['showNew', ['n']],
]

export default function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('shell')
  const list = (title: string, rows: [string, string[]][]) => (
    <section>
      <h2 className={classes.title}>{title}</h2>
      <dl className={classes.list}>
        {rows.map(([words, keys]) => (
          <div key={words} className={classes.row}>
            <dt>{words}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key} className={classes.key}>
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
  return (
    <Dialog title={t('shortcuts.title')} width={620} onClose={onClose}>
      <div className={classes.columns}>
        <div>
          {list(
            t('shortcuts.everywhere'),
            everywhere.map(([name, keys]) => [t(`shortcuts.${name}`), keys]),
          )}
          {list(
            t('shortcuts.goTo'),
            pages.map((page) => [t(`page.${page.name}`), ['g', page.letter]]),
          )}
        </div>
        {list(
          t('page.alerts'),
          alerts.map(([name, keys]) => [t(`shortcuts.${name}`), keys]),
        )}
      </div>
    </Dialog>
  )
}
