import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** The one accent. Shade 7 on white and shade 3 on the dark background have a contrast of more than 4.5. */
const teal: MantineColorsTuple = [
  ...(['#effcf9', '#d3f5ee', '#a5e9dd', '#6fd9c9'] as const),
  ...(['#3cc2b0', '#1ea594', '#128577', '#0f766e', '#115e59', '#134e4a'] as const),
]

/** Greys with a little blue, so that badges and the accent stand out from them. */
const gray: MantineColorsTuple = [
  ...(['#f8fafb', '#f1f4f6', '#e4e9ec', '#d2d9de', '#b6c0c8'] as const),
  ...(['#8b98a3', '#5f6d79', '#475460', '#333f49', '#1f2830'] as const),
]

const dark: MantineColorsTuple = [
  ...(['#d5dbe0', '#b4bdc5', '#96a1ab', '#65717c', '#3d4750'] as const),
  ...(['#2f3840', '#252d34', '#1c2329', '#151b20', '#0f1418'] as const),
]

/** White on shade 7 has a contrast of more than 4.5. */
const red: MantineColorsTuple = [
  ...(['#fff5f5', '#ffe3e3', '#ffc9c9', '#ffa8a8', '#ff8787', '#ff6b6b'] as const),
  ...(['#d93636', '#c92a2a', '#b02525', '#971f1f'] as const),
]

export const theme = createTheme({
  colors: { teal, gray, dark, red },
  primaryColor: 'teal',
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", "Liberation Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'sm' } },
    Portal: { defaultProps: { target: '#layers' } }, // a landmark, as all else that can be read
    // Theirs are `header` elements, of which a page has one.
    ModalHeader: { defaultProps: { role: 'none' } },
    DrawerHeader: { defaultProps: { role: 'none' } },
    // The page itself never scrolls, and the style that a lock adds has not the nonce that is asked of styles.
    ModalRoot: { defaultProps: { lockScroll: false } },
    DrawerRoot: { defaultProps: { lockScroll: false } },
    ModalOverlay: { defaultProps: { backgroundOpacity: 0.4 } },
    DrawerOverlay: { defaultProps: { backgroundOpacity: 0.25 } },
    Modal: { defaultProps: { lockScroll: false, centered: true, padding: 'lg', radius: 'md' } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
    Menu: { defaultProps: { shadow: 'md' } },
    Drawer: {
      defaultProps: {
        position: 'right',
        size: 'md',
        lockScroll: false,
        closeButtonProps: { 'aria-label': 'Close' },
      },
    },
  },
})

/** `--sp-…`: what the console's own styles use, so that light and dark are told apart in one place. */
export const cssVariables: CSSVariablesResolver = ({
  colors: { gray: grays, dark: darks, teal: accent },
}) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': grays?.[6] ?? '',
    '--mantine-color-placeholder': grays?.[6] ?? '',
    '--mantine-color-anchor': accent?.[7] ?? '',
    '--mantine-color-error': '#c01c28',
    '--sp-surface': '#ffffff',
    '--sp-surface-raised': '#ffffff',
    '--sp-surface-sunken': grays?.[0] ?? '',
    '--sp-border': grays?.[2] ?? '',
    '--sp-border-strong': grays?.[3] ?? '',
    '--sp-hover': grays?.[1] ?? '',
    '--sp-selected': accent?.[1] ?? '',
    '--sp-selected-quiet': '#eaeef1',
    '--sp-accent': accent?.[7] ?? '',
    '--sp-line': grays?.[4] ?? '',
    '--sp-chart-1': accent?.[7] ?? '',
    '--sp-chart-2': accent?.[4] ?? '',
    '--sp-chart-3': grays?.[5] ?? '',
    '--sp-ok': '#15803d',
    '--sp-warning': '#a14a07',
    '--sp-error': '#c01c28',
  },
  dark: {
    '--mantine-color-body': darks?.[7] ?? '',
    '--mantine-color-dimmed': darks?.[2] ?? '',
    '--mantine-color-placeholder': darks?.[2] ?? '',
    '--mantine-color-anchor': accent?.[3] ?? '',
    '--mantine-color-error': '#ff8a8f',
    '--sp-surface': darks?.[7] ?? '',
    '--sp-surface-raised': darks?.[6] ?? '',
    '--sp-surface-sunken': darks?.[8] ?? '',
    '--sp-border': darks?.[5] ?? '',
    '--sp-border-strong': darks?.[4] ?? '',
    '--sp-hover': darks?.[6] ?? '',
    '--sp-selected': '#12403b',
    '--sp-selected-quiet': darks?.[5] ?? '',
    '--sp-accent': accent?.[3] ?? '',
    '--sp-line': darks?.[3] ?? '',
    '--sp-chart-1': accent?.[5] ?? '',
    '--sp-chart-2': accent?.[2] ?? '',
    '--sp-chart-3': darks?.[3] ?? '',
    '--sp-ok': '#4ade80',
    '--sp-warning': '#fbbf24',
    '--sp-error': '#ff8a8f',
  },
})
