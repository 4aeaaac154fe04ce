import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useMemo, useRef } from 'react'
import { type MainSearch, mainSearchOf } from './main-search.ts'

/** Walking through the list with a key held down writes the address once, at its end. */
const settleMs = 100

/** What the address says now, each time a new object when it says something else. */
export function useAddress(): MainSearch {
  const { vm = '', checkpoint = '', tag = '' } = useSearch({ strict: false })
  return useMemo(() => mainSearchOf({ vm, checkpoint, tag }), [vm, checkpoint, tag])
}

/**
 * Keeps the address in step with what is chosen, and calls `onAddress` when the address was changed by something else:
 * a link, or going back. What is chosen holds at once; the address follows.
 */
export function useFollowingAddress(
  address: MainSearch,
  wanted: MainSearch,
  onAddress: (address: MainSearch) => void,
): void {
  const navigate = useNavigate({ from: '/' })
  const [addressKey, wantedKey] = [keyOf(address), keyOf(wanted)]
  const written = useRef(addressKey)
  const underWay = useRef(0)

  const write = useEffectEvent(() => {
    written.current = wantedKey
    underWay.current++
    const isSamePlace = address.vm === wanted.vm && address.tag === wanted.tag
    void navigate({ search: wanted, replace: isSamePlace || address.vm === undefined }).finally(
      () => underWay.current--,
    )
  })
  useEffect(() => {
    if (wantedKey === addressKey) return
    const timer = setTimeout(write, settleMs)
    return () => clearTimeout(timer)
  }, [wantedKey, addressKey])

  const take = useEffectEvent(() => {
    if (addressKey === written.current || underWay.current > 0) return // it is ours, or was overtaken
    written.current = addressKey
    onAddress(address)
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the address changes, and at no other time
  useEffect(() => take(), [addressKey])
}

function keyOf({ vm, checkpoint, tag }: MainSearch): string {
  return JSON.stringify([vm, checkpoint, tag])
}
