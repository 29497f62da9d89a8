/** Where the focus is while a dialog is open, and where it goes afterwards. */
import { type RefObject, useEffect } from 'react'

/** Within this time a menu that closes gives the focus to its own button, ms. */
const menuMs = 500

/**
 * Fetches the focus into a dialog that a menu opened, and gives it back to what opened it: the button, or that of the menu.
 * `content` stands inside of the dialog, as long as that is open.
 */
export function useFocusInside(content: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const dialog = content.current?.closest('[role="dialog"]')
    if (!dialog) return
    let opener = document.activeElement
    const fetch = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement) || dialog.contains(target)) return
      opener = target
      const first = dialog.querySelector<HTMLElement>('[data-autofocus]') ?? dialog.querySelector<HTMLElement>('button')
      first?.focus({ preventScroll: true })
    }
    document.addEventListener('focusin', fetch)
    const timer = setTimeout(() => document.removeEventListener('focusin', fetch), menuMs)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('focusin', fetch)
      setTimeout(() => {
        if (document.activeElement === document.body && opener instanceof HTMLElement)
          opener.focus({ preventScroll: true })
      })
    }
  }, [content])
}
