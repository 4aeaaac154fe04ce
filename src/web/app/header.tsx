import {
  ActionIcon,
  Alert,
  Group,
  Menu,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import { IconLogout, IconMoon, IconPlugConnectedX, IconSun, IconUserCircle } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { request } from '../api/http.ts'
import { NoticeSwitch } from '../tasks/notice-switch.tsx'
import { TasksButton } from '../tasks/tasks-button.tsx'
import classes from './header.module.css'
import { useConnection } from './live-provider.tsx'
import { OldPageBanner } from './old-page-banner.tsx'

export function Header() {
  const connection = useConnection()
  return (
    <header className={classes.header}>
      <Group gap="xs" wrap="nowrap" className={classes.bar}>
        <Link to="/" className={classes.brand}>
          <img src="/icon.svg" alt="" width={22} height={22} />
          <Text component="span" fw={650} size="md">
            Stillpoint
          </Text>
        </Link>
        <nav aria-label="Pages" className={classes.nav}>
          <Link to="/" className={classes.link} activeOptions={{ exact: true, includeSearch: false }}>
            Virtual machines
          </Link>
          <Link to="/storage" className={classes.link}>
            Storage
          </Link>
        </nav>
        <TasksButton />
        <ColorSchemeButton />
        <UserMenu />
      </Group>
      {connection === 'lost' && (
        <Alert
          role="status"
          color="orange"
          radius={0}
          py={6}
          styles={{ title: { color: 'var(--sp-warning)' } }} // orange on orange is read badly
          icon={<IconPlugConnectedX size={18} />}
          title="The connection to the daemon is lost. What you see is what was last known; the connection is being tried again."
        />
      )}
      <OldPageBanner />
    </header>
  )
}

function ColorSchemeButton() {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  const label = isDark ? 'Use light colours' : 'Use dark colours'
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
      >
        {isDark ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  )
}

function UserMenu() {
  const logOut = async () => {
    await request('/session', { method: 'DELETE' }).catch(() => {}) // the page goes to the login anyway
    location.assign('/login')
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label="Settings of this browser">
          <IconUserCircle size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <NoticeSwitch />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void logOut()}>
          Log out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
