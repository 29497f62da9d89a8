/** The look of the console: colours, type and density for Mantine's components. */
import {
  convertCssVariables,
  createTheme,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  type MantineColorsTuple,
  mergeMantineTheme,
} from '@mantine/core'

const teal: MantineColorsTuple = [
  '#effbf8',
  '#d8f3ec',
  '#b0e6d9',
  '#7dd3c0',
  '#4bbaa5',
  '#2a9f8b',
  '#1a8273',
  '#0f6e62',
  '#0d584f',
  '#0c4841',
]
const gray: MantineColorsTuple = [
  '#f7f8f8',
  '#f0f1f2',
  '#e4e6e8',
  '#d3d7da',
  '#b6bcc1',
  '#8b939a',
  '#6b747c',
  '#4f575f',
  '#363d44',
  '#1b2025',
]
/** Buttons that destroy: white words on them have a contrast of 4.8 and more. */
const red: MantineColorsTuple = [
  '#fff1f0',
  '#ffe0dd',
  '#ffc0ba',
  '#ff9a91',
  '#f9776c',
  '#ee5345',
  '#d92d20',
  '#bf2318',
  '#9c1c13',
  '#7d150e',
]
/** Mantine's dark surfaces, lightest first: text … lines … surfaces. */
const dark: MantineColorsTuple = [
  '#e2e6e8',
  '#b3bbc0',
  '#99a3aa',
  '#626c74',
  '#3a4249',
  '#2a3036',
  '#1e2327',
  '#15191c',
  '#101315',
  '#0b0d0f',
]

export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 7, dark: 6 },
  colors: { teal, gray, dark, red },
  white: '#ffffff',
  black: '#1b2025',
  fontFamily: "'Inter Variable', system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, 'Noto Sans Mono CJK SC', monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '2px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'sm',
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '18px' }, h2: { fontSize: '15px' }, h3: { fontSize: '13px' }, h4: { fontSize: '13px' } },
  },
  shadows: { xs: 'none', sm: 'none', md: 'none', lg: 'none', xl: 'none' },
  respectReducedMotion: true,
  focusRing: 'auto',
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 28 } },
    TextInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    TagsInput: { defaultProps: { size: 'xs' } },
    Autocomplete: { defaultProps: { size: 'xs' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    Textarea: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'xs', comboboxProps: { withinPortal: true } } },
    Switch: { defaultProps: { withThumbIndicator: false } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false, events: { hover: true, focus: true, touch: false } } },
    // Mantine's scroll lock and its responsive classes write <style> elements, which the policy forbids.
    Modal: {
      defaultProps: { lockScroll: false, overlayProps: { backgroundOpacity: 0.5 }, transitionProps: { duration: 120 } },
    },
    Drawer: {
      defaultProps: { lockScroll: false, overlayProps: { backgroundOpacity: 0.5 }, transitionProps: { duration: 140 } },
    },
    // A <header> in a dialog counts as a second banner of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    DrawerHeader: { defaultProps: { role: 'presentation' } },
    // Mantine's place for the first focus is an element that role=menu may not hold; without it the menu itself is focused.
    Menu: {
      defaultProps: { transitionProps: { duration: 80 }, withinPortal: true, withInitialFocusPlaceholder: false },
    },
  },
})

/**
 * Puts the theme's CSS variables into the page as a constructed style sheet, not a <style> element, so that
 * `style-src 'self'` holds. Call once, before the first render.
 */
export function adoptThemeVariables(): void {
  const css = convertCssVariables(defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme)), ':root')
  const scheme = convertCssVariables(
    { variables: {}, dark: { '--mantine-color-scheme': 'dark' }, light: { '--mantine-color-scheme': 'light' } },
    ':root',
  )
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`@layer theme { ${css} ${scheme} }`)
  document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets]
}
