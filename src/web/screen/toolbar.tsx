import { ActionIcon, Button, Menu, SegmentedControl, Tooltip } from '@mantine/core'
import { IconChevronDown, IconMaximize, IconMinimize, IconRefresh } from '@tabler/icons-react'
import type { Ref } from 'react'
import type { VmView } from '../../contract/vm.ts'
import { StateMark } from '../vms/state-mark.tsx'
import { wayOut } from './keyboard-way-out.ts'
import { combinations } from './keystrokes.ts'
import type { ScreenConnection } from './screen-connection.ts'
import classes from './toolbar.module.css'
import { press } from './type-text.ts'
import { TypeTextButton } from './type-text-button.tsx'

interface Props {
  readonly ref: Ref<HTMLDivElement>
  readonly vm: VmView
  /** Null while nothing can be sent to the guest. */
  readonly connection: ScreenConnection | null
  /** Null where there is nothing to connect to. */
  readonly onReconnect: (() => void) | null
  readonly hasKeys: boolean
  readonly isScaled: boolean
  onScaled(isScaled: boolean): void
  readonly isFullscreen: boolean
  onFullscreen(): void
}

export function Toolbar(props: Props) {
  const { ref, vm, connection, onReconnect, hasKeys, isScaled, onScaled, isFullscreen, onFullscreen } = props
  const fullscreenLabel = isFullscreen ? 'Leave full screen' : 'Full screen'
  return (
    <div ref={ref} className={classes.toolbar}>
      <h1 className={classes.name} title={vm.name}>
        {vm.name}
      </h1>
      <span className={classes.state}>
        <StateMark state={vm.state} />
        {vm.status !== null && <span className={classes.status}>{vm.status}</span>}
      </span>
      <span className={classes.hint}>{hasKeys && `${wayOut.label} leaves the screen`}</span>

      <Button {...quiet} disabled={!connection} onClick={() => connection?.rfb?.sendCtrlAltDel()}>
        Ctrl+Alt+Del
      </Button>
      <Menu position="bottom-end" disabled={!connection}>
        <Menu.Target>
          <Button {...quiet} disabled={!connection} rightSection={<IconChevronDown size={14} />}>
            Keys
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {combinations.map(({ label, keys }) => (
            <Menu.Item key={label} onClick={() => connection?.rfb && press(connection.rfb, keys)}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <TypeTextButton connection={connection} />
      <SegmentedControl
        size="xs"
        aria-label="Size of the picture"
        data={[
          { value: 'fit', label: 'Fit' },
          { value: 'original', label: '1:1' },
        ]}
        value={isScaled ? 'fit' : 'original'}
        onChange={(value) => onScaled(value === 'fit')}
      />
      <Tooltip label="Reconnect">
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Reconnect"
          disabled={!onReconnect}
          onClick={() => onReconnect?.()}
        >
          <IconRefresh size={18} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={fullscreenLabel}>
        <ActionIcon variant="subtle" color="gray" aria-label={fullscreenLabel} onClick={onFullscreen}>
          {isFullscreen ? <IconMinimize size={18} /> : <IconMaximize size={18} />}
        </ActionIcon>
      </Tooltip>
    </div>
  )
}

const quiet = { variant: 'subtle', color: 'gray', size: 'compact-sm' } as const
