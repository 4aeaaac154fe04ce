import { Alert, Button, Select, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { GuardView } from '../../../contract/guard.ts'
import { type Guard, type GuardAction, guards } from '../../../vm/guards.ts'
import { queries } from '../../api/queries.ts'
import { useField, useSettings } from './context.ts'
import { theyDiffer } from './controls.tsx'
import { actionsInWords, guardActionWords, guardTitles } from './guard-words.ts'
import classes from './guards-page.module.css'
import { Keep, Section } from './setting-row.tsx'
import { mixed } from './values.ts'

const byDefault = 'default'

/** What is done about a risk of going back in time; of one VM, also what speaks for the risk. */
export function GuardsPage() {
  const { vm } = useSettings()
  return (
    <Section title="Risks of going back in time">
      <Text size="sm" c="dimmed" mb="sm">
        Before a checkpoint is created or applied, Stillpoint looks for signs that other machines remember
        what this guest would forget.
      </Text>
      {vm ? <GuardsOfOne vmId={vm.id} /> : <GuardsOfMany />}
    </Section>
  )
}

function GuardsOfOne({ vmId }: { vmId: string }) {
  // Asks the guest, each time that the page is opened.
  const { data, error, isFetching } = useQuery({ ...queries.guards(vmId), refetchOnMount: 'always' })
  if (isFetching && !data) return <Skeleton height={220} aria-label="The guest is asked" />
  return (
    <>
      {error && (
        <Alert color="red" role="alert" mb="sm" py="xs">
          {error.message}
        </Alert>
      )}
      {data?.guest.unknown && (
        <Text size="sm" mb="sm">
          {`What runs in the guest is not known: ${data.guest.unknown}.`}
        </Text>
      )}
      {guards.map((guard) => (
        <GuardSetting key={guard} guard={guard} view={data?.guards.find((each) => each.guard === guard)} />
      ))}
    </>
  )
}

/** They are one setting, so they are made the same together. */
function GuardsOfMany() {
  const { value, isLevelled, set, reset } = useField('guards')
  if (value === mixed)
    return (
      <>
        <Text size="sm" mb="sm">
          {theyDiffer}. They are left as they are, unless all of them are set anew.
        </Text>
        <Button variant="default" onClick={() => set({})}>
          Set them for all
        </Button>
      </>
    )
  return (
    <>
      {isLevelled && <Keep onKeep={reset} />}
      {guards.map((guard) => (
        <GuardSetting key={guard} guard={guard} view={undefined} />
      ))}
    </>
  )
}

function GuardSetting({ guard, view }: { guard: Guard; view: GuardView | undefined }) {
  const { value, set } = useField('guards')
  const actions: Partial<Record<Guard, GuardAction>> = value === mixed ? {} : value
  const title = view?.title ?? guardTitles[guard]
  const choose = (action: string | null) => {
    const { [guard]: _old, ...others } = actions
    const chosen = guardActionWords.find((each) => each.value === action)?.value
    set(chosen ? { ...others, [guard]: chosen } : others)
  }
  return (
    <div className={classes.guard}>
      <div className={classes.words}>
        <div className={classes.title}>{title}</div>
        {view && <Found view={view} />}
      </div>
      <Select
        w={190}
        aria-label={`${title}: what is done`}
        data={[{ value: byDefault, label: 'Default' }, ...guardActionWords]}
        allowDeselect={false}
        value={actions[guard] ?? byDefault}
        onChange={choose}
      />
    </div>
  )
}

function Found({ view }: { view: GuardView }) {
  const { evidence, risk, setting } = view
  return (
    <div className={classes.more}>
      {evidence.length === 0 ? (
        <details>
          <summary className={classes.why}>Not found. Why it is a risk</summary>
          {risk}
        </details>
      ) : (
        <>
          <div className={classes.found}>Found: {evidence.join('; ')}</div>
          <div>{risk}</div>
        </>
      )}
      {setting === null && <div>{`By default: ${actionsInWords(view)}.`}</div>}
    </div>
  )
}
