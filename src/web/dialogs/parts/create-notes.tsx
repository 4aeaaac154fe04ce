import { useQueries } from '@tanstack/react-query'
import type { VmRow } from '../../../contract/vm.ts'
import { createRefusal } from '../../actions/checkpoint-kind.ts'
import { queries } from '../../api/queries.ts'
import classes from './create-notes.module.css'
import { kindSentence } from './kind-sentence.ts'

/** More are not looked at before; the daemon says what it does with them. */
const mostLookedAt = 20

/** Which kind will be created, in a sentence; of several VMs, which of which. */
export function CreateNotes({ vms }: { readonly vms: readonly VmRow[] }) {
  const views = useQueries({
    queries: (vms.length > mostLookedAt ? [] : vms).map(({ id }) => queries.vm(id)),
    combine: (results) => results.flatMap(({ data }) => data ?? []),
  })
  if (views.length < vms.length) {
    const each = 'Of each VM the kind is created that its policy and state ask for.'
    return <p className={classes.note}>{vms.length === 1 ? '\u00a0' : each}</p>
  }
  const bySentence = Map.groupBy(views, kindSentence)
  return (
    <div>
      {[...bySentence].map(([sentence, alike]) => (
        <p
          key={sentence}
          className={classes.note}
          data-refused={alike.some((view) => createRefusal(view) !== null) || undefined}
        >
          {alike.length < vms.length && <b>{alike.map(({ name }) => name).join(', ')}: </b>}
          {sentence}
        </p>
      ))}
    </div>
  )
}
