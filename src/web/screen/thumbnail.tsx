import { useInViewport } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { part } from '../api/http.ts'
import { stateWords } from '../vms/status.ts'
import classes from './thumbnail.module.css'

const everyMs = 3000
/** As wide as it ever is, on a screen with two pixels to each. */
const widthPx = 640

/**
 * A small live picture of the VM's screen, which opens it in a tab of its own. Asked for again and again, as nothing
 * else is but the usage of CPUs: while the VM runs, the page is looked at and the picture is on screen, the next one
 * `everyMs` after the one before has come.
 */
export function Thumbnail({ vm }: { vm: VmRow }) {
  const { ref, inViewport } = useInViewport()
  const hasPicture = vm.display !== 'none' && (vm.state === 'running' || vm.state === 'paused')
  const { data, isError } = useQuery({
    queryKey: ['screenshot', vm.id],
    queryFn: ({ signal }) => takePicture(vm.id, signal),
    enabled: hasPicture && inViewport,
    // Stops by itself where the page is hidden. What stands still needs no second picture.
    refetchInterval: vm.state === 'running' ? everyMs : false,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  })
  // While the VM is busy no picture can be taken; the one before stays.
  const url = useObjectUrl(hasPicture ? data : undefined)
  const words = wordsFor(vm, isError)
  return (
    <a
      ref={ref}
      className={classes.thumbnail}
      href={`/vms/${part(vm.id)}/screen`}
      target={`screen-${vm.id}`}
      title={`Open the screen of ${vm.name}`}
      aria-label={`Open the screen of ${vm.name} in a tab of its own`}
      data-state={vm.state}
    >
      {url && <img src={url} alt="" draggable={false} />}
      {(!url || vm.state === 'paused') && <span className={classes.words}>{words}</span>}
    </a>
  )
}

function wordsFor({ state, display }: VmRow, isError: boolean): string {
  if (display === 'none') return 'No display'
  if (state === 'running') return isError ? 'No picture now' : ''
  return state === 'stuck' ? 'Stopped on an error' : stateWords[state]
}

async function takePicture(vmId: string, signal: AbortSignal): Promise<Blob> {
  const response = await fetch(`/api/v1/vms/${part(vmId)}/screenshot?width=${widthPx}`, {
    credentials: 'same-origin',
    signal,
  })
  if (!response.ok) throw new Error(`There is no picture: HTTP status ${response.status}.`)
  return await response.blob()
}

/** An address for the page's own use, given back when the next picture has taken its place. */
function useObjectUrl(blob: Blob | undefined): string | null {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    if (!blob) return setUrl(null)
    const made = URL.createObjectURL(blob)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [blob])
  return url
}
